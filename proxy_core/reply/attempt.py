"""One attempt at Azure, for whoever tells of it afterwards: where, when, and what came of it."""

import re
import time
from dataclasses import dataclass, field
from typing import Self

from proxy_core.errors import ProxyError, UpstreamError

_CODE = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(slots=True)
class Attempt:
    """Entered where the attempt begins, left where it ends. Times are `time.monotonic`'s."""

    resource: str  # the digest that stands for it
    api: str
    started: float = field(default_factory=time.monotonic)
    first_chunk: float | None = None
    ended: float | None = None  # None: not yet
    status: int = 0  # 0: it was never answered
    azure_request_id: str = ""
    error: str = ""  # a word; empty: none

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended = time.monotonic()

    def see_first_chunk(self) -> None:
        self.first_chunk = time.monotonic()


def name_error(error: ProxyError) -> str:
    """A word, of which there are few: Azure's code, else its status, else our class."""
    if _CODE.fullmatch(error.code):
        return error.code
    return str(error.status) if type(error) is UpstreamError else type(error).__name__
