"""Azure Functions entry point: the app, or why what it needs cannot be loaded."""

from proxy_core.built_for import WrongPackages, check_packages

try:
    check_packages()  # before any of them is imported
except WrongPackages as error:
    from wrong_packages import serve

    app = serve(error)
else:
    from proxy_app import app

__all__ = ["app"]
