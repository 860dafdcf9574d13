"""What a refusal says, told apart from what it quotes.

A refusal may quote the client: a tool's name, a schema, a value. So it is recognised by how its
message begins, which no client can choose, and by the part of the request that it is about.
"""

import re
from dataclasses import dataclass

from proxy_core.errors import UpstreamError


@dataclass(frozen=True, slots=True)
class Wording:
    """How Azure says one thing: the beginning of its message, and the `param` that fits it."""

    begins: re.Pattern[str]
    about: re.Pattern[str]  # the whole of `param`; empty where Azure names none

    def fits(self, error: UpstreamError) -> bool:
        return self.match(error) is not None

    def match(self, error: UpstreamError) -> re.Match[str] | None:
        return self.begins.match(error.message) if self.about.fullmatch(error.param) else None


def wording(begins: str, *, about: str) -> Wording:
    return Wording(re.compile(begins, re.IGNORECASE), re.compile(about))
