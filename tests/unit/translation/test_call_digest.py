"""Two calls have one digest only where all is the same: what was said before, and the call."""

import pytest
from msgspec.structs import replace

from proxy_core.conversation import (
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proxy_core.translation.call_digest import digest_of, said_before

CALL = ToolCall("call_0", "read", '{"a": 1, "b": "é"}')
USER, ANSWER = Message("user", (Text("Hi."),)), Message("assistant", (Text("Yes."),))
CALLED = Message("assistant", (CALL,))


def user(*parts: Part) -> Message:
    return Message("user", parts)


DIFFERENT: list[tuple[Message, ...]] = [
    (),
    (USER,),
    (USER, USER),
    (user(Text("Hi."), Text("Hi.")),),
    (user(Text("Hi.Hi.")),),
    (Message("system", (Text("Hi."),)),),
    (user(Image("Hi.")),),
    (user(File("Hi.", "")),),
    (user(File("", "Hi.")),),
    (user(ToolResult("Hi.", ())),),
    (user(ToolResult("a", (Text("Hi."),))),),
    (user(ToolResult("a", ()), Text("Hi.")),),
    (Message("assistant", (CALL,)), USER),
    (Message("assistant", (replace(CALL, id="call_1"),)), USER),
    (Message("assistant", (replace(CALL, name="list"),)), USER),
    (Message("assistant", (replace(CALL, arguments="{}"),)), USER),
]


def test_what_was_said_differs_wherever_a_word_does() -> None:
    assert len({said_before(messages)[-1] for messages in DIFFERENT}) == len(DIFFERENT)


def test_what_precedes_a_reply_precedes_it_in_the_next_request_too() -> None:
    asked = (USER, ANSWER, USER)
    replied = (*asked, CALLED, user(ToolResult("call_0", (Text("1"),))))
    before, after = said_before(asked), said_before(replied)
    assert len(before) == len(asked) + 1
    assert after[: len(before)] == before
    assert len({*after}) == len(after)


def test_a_reply_that_comes_back_in_pieces_has_one_beginning() -> None:
    whole = said_before((USER, Message("assistant", (Text("Yes."), CALL)), USER))
    pieces = said_before((USER, ANSWER, CALLED, USER))
    assert pieces[1] == pieces[2] == whole[1]


def test_a_reply_that_goes_on_with_what_was_begun() -> None:
    asked = said_before((USER, ANSWER))
    assert said_before((USER, ANSWER, CALLED))[2] == asked[-1] == asked[1]


def test_reasoning_is_what_clients_lose() -> None:
    thought = Reasoning("rs_1", "gAAA", (), None)
    kept = Message("assistant", (thought, CALL))
    assert said_before((USER, kept, USER)) == said_before((USER, CALLED, USER))


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, id="call_1"),
        replace(CALL, name="list"),
        replace(CALL, arguments='{"a": 2, "b": "é"}'),
        replace(CALL, arguments=CALL.arguments + "x"),
    ],
)
def test_a_call_differs_from_any_other(other: ToolCall) -> None:
    assert digest_of(CALL, "x") != digest_of(other, "x")
    assert digest_of(CALL, "x") != digest_of(CALL, "y")


@pytest.mark.parametrize(
    ("given", "again"),
    [
        (CALL.arguments, '{"b":"\\u00e9","a":1}'),
        ("", "{}"),
        ("*** Begin Patch", "*** Begin Patch"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_client_may_write_json_anew(given: str, again: str) -> None:
    one, other = (replace(CALL, arguments=arguments) for arguments in (given, again))
    assert digest_of(one, "x") == digest_of(other, "x")
