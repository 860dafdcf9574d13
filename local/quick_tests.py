"""The folders of tests -> those that `dev.py test --quick` runs, and those it leaves out.

Rule: the golden exchanges, and the units of what performs no I/O. Which that is, pyproject.toml
says: import-linter keeps those modules from it.
"""

from __future__ import annotations

import re
from pathlib import Path

CONTRACT = re.compile(
    r'name = "[^"\n]*performs no I/O"\n.*?source_modules = \[(?P<modules>.*?)\]', re.DOTALL
)
GOLDEN = "tests/golden"
UNITS = "tests/unit"


def quick_tests(root: Path) -> list[str]:
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = CONTRACT.search(text)
    modules = re.findall(r'"proxy_core\.([\w.]+)"', found.group("modules")) if found else []
    places = (place for module in modules for place in _places(module))
    return [GOLDEN, *(place for place in places if (root / place).exists())]


def _places(module: str) -> tuple[str, str]:
    """A room has a folder, a module a file."""
    parts = module.split(".")
    folder = "/".join([UNITS, *parts[:-1]])
    return f"{folder}/{parts[-1]}", f"{folder}/test_{parts[-1]}.py"


def slow_tests(root: Path) -> list[str]:
    """The other folders that have tests, and the rest of the units."""
    files = root.glob("tests/*/**/test_*.py")
    folders = sorted({file.relative_to(root).parts[1] for file in files})
    names = (f"tests/{folder}" for folder in folders)
    return [
        f"the other units in {UNITS}" if name == UNITS else name for name in names if name != GOLDEN
    ]
