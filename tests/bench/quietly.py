"""Runs a module whose output goes into a file: `python -m tests.bench.quietly FILE MODULE ...`."""

import os
import runpy
import sys


def main() -> None:
    file, *sys.argv = sys.argv[1:]
    output = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(output, standard)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
