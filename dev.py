#!/usr/bin/env python3
"""The one way in, for people and for CI; nothing has to be installed before.

python3 dev.py start [--port 7071]   run the app; without an Azure resource, on a simulator
python3 dev.py test [ARGUMENT...]    run the tests; the arguments are pytest's
python3 dev.py check                 format, lint, types, layers, audit
python3 dev.py bench --load          1,000 streams and worse through one worker; some minutes
"""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 - this file meets whatever python3 there is
    sys.exit("dev.py needs Python 3.8 or newer to run, for example: python3.13 dev.py")

from local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__ or ""))
