"""Runs a module that ends when its parent does: `python -m local.leash MODULE ARGUMENT...`.

The parent holds our standard input open. However the parent ends, even killed, we read its end.
"""

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_the_parent() -> None:
    # Not sys.stdin: its lock, held by a waiting thread, breaks the interpreter's own ending.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
