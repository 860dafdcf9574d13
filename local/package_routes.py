"""Imports an unpacked package as the worker does, and prints its routes.

Run in a clean interpreter: `python -I -S local/package_routes.py FOLDER`. The worker has its
runtime loaded before the app, which puts parts of it right (worker_tuning.py).
"""

import os
import sys
from importlib import import_module
from pathlib import Path


def main(folder: Path) -> None:
    os.chdir(folder)
    # The app's packages first, as on Python 3.13 and later.
    sys.path[:0] = [str(folder / ".python_packages" / "lib" / "site-packages"), str(folder)]
    import_module("azure_functions_runtime")
    app = import_module("function_app").app
    for function in app.get_functions():
        trigger = function.get_trigger()
        methods = " ".join(str(method.name) for method in trigger.methods)
        print(f"/{trigger.route.lstrip('/')} {methods}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
