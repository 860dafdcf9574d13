"""A name for a text that tells nothing of it."""

import re

from proxy_core.conversation import File, Message, Text, ToolResult
from proxy_core.wire.digest import digest, digest_beginning


def test_a_digest_hides_its_text() -> None:
    assert digest("user") == digest("user") != digest("other")
    assert re.fullmatch("[0-9a-f]{32}", digest("user \ud800"))


HELLO = Message("user", (Text("Hello."),))
ANSWER = Message("assistant", (Text("Hi."),))


def test_a_conversation_keeps_the_digest_of_its_beginning() -> None:
    first = digest_beginning("Be brief.", [HELLO])
    grown = [Message("system", (Text("Go."),)), HELLO, ANSWER, Message("user", (Text("More."),))]
    assert digest_beginning("Be brief.", grown) == first


def test_other_beginnings_have_other_digests() -> None:
    result = Message("user", (ToolResult("a", (Text("Hello."),)), File("a.pdf", "u")))
    beginnings = [
        digest_beginning("Be brief.", [HELLO]),
        digest_beginning("Be kind.", [HELLO]),
        digest_beginning("Be brief.", [HELLO], "me"),
        digest_beginning("Be brief.", [Message("user", (Text("Hello?"),))]),
        digest_beginning("Be brief.", [result, HELLO]),
        digest_beginning("", [ANSWER]),
    ]
    assert len({*beginnings}) == len(beginnings)
