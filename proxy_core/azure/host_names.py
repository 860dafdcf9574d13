"""What a resolver says of a name that does not exist; of all else it may know more later.

Rule: this file runs before anything is installed, under Python 3.8 or newer.
"""

import socket

# Windows has numbers of its own.
NO_SUCH_NAME = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
) | {11001, 11004}
