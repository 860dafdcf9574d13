#!/usr/bin/env python3
"""The one way in, for people and for CI; nothing has to be installed before."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 - this file meets whatever python3 there is
    sys.exit("dev.py needs Python 3.8 or newer to run, for example: python3.13 dev.py")

from local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__ or ""))
