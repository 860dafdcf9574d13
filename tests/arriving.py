"""A request's body as a host hands it over: piece by piece, to whoever asks for it."""

from collections.abc import AsyncGenerator

import pytest

JSON = {"content-type": "application/json"}


async def arriving(*pieces: bytes) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


async def unwanted() -> AsyncGenerator[bytes]:
    """A body that must not be read."""
    pytest.fail("the body was read")
    yield b""
