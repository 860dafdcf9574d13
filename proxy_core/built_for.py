"""Whether the packages beside the app were built for the Python that runs it.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/

A remote build may run on another Python than the app, and a package may be made on another system:
all of it installs without a word. What is compiled then fails at import, with words that name
neither. So this is asked before any of it is imported.
"""

from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

# There is no form of it that is not compiled.
PACKAGE, MODULE = "msgspec", "_core"
COMPILED = (".so", ".pyd")  # on any system


class WrongPackages(RuntimeError):
    """No ImportError: to those the worker adds advice of its own, which does not fit."""


def check_packages(
    places: Sequence[str] | None = None, suffixes: Sequence[str] = EXTENSION_SUFFIXES
) -> None:
    """`suffixes`: of the compiled modules that this Python loads, its own first."""
    spec = PathFinder.find_spec(PACKAGE, places)
    if not spec or not spec.origin:
        raise WrongPackages(
            "The packages that requirements.txt names are not beside this app. Publish it with a "
            "remote build, or with its packages in .python_packages (docs/deployment.md)."
        )
    files = Path(spec.origin).parent.glob(f"{MODULE}.*")
    built = {file.name for file in files if file.suffix in COMPILED}
    if built.isdisjoint(MODULE + suffix for suffix in suffixes):
        theirs = ", ".join(sorted(name.split(".")[1] for name in built)) or "no Python at all"
        raise WrongPackages(
            f"The packages beside this app were built for {theirs}, and it runs on "
            f"{suffixes[0].split('.')[1]}. Publish it with packages that are built for that "
            "(docs/deployment.md)."
        )
