"""Waits for a server that says nothing of its own when it is ready."""

import socket
import time

from local.failure import Failure

PATIENCE = 30.0  # seconds


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise Failure(f"Nothing listens on port {port}.") from None
            time.sleep(0.05)
