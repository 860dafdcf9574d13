"""Runs a module of the project from any folder: `python local/module.py MODULE ARGUMENT...`.

So the folder that a person works in stays theirs, and no variable of ours reaches what they run.
"""

import runpy
import sys
from pathlib import Path


def main() -> None:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # instead of local/
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
