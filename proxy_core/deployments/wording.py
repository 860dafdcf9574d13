"""What a refusal says, told apart from what it quotes.

A refusal may quote the client: a tool's name, a schema, a value. So it is recognised by how its
message begins, which no client can choose, and by the part of the request that it is about.
"""

import re

import msgspec

from proxy_core.errors import UpstreamError


class Wording(msgspec.Struct, frozen=True):
    """How Azure says one thing: the beginning of its message, and the `param` that fits it.

    Patterns that `re` compiles when the first refusal comes, and keeps: together they would be a
    thirtieth of the app's start.
    """

    begins: str
    about: str  # the whole of `param`; empty where Azure names none

    def fits(self, error: UpstreamError) -> bool:
        return self.match(error) is not None

    def match(self, error: UpstreamError) -> re.Match[str] | None:
        if re.fullmatch(self.about, error.param) is None:
            return None
        return re.match(self.begins, error.message, re.IGNORECASE)
