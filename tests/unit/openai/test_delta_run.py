from collections.abc import Sequence

import pytest

from proxy_core.conversation import (
    RefusalDelta,
    ReplyEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.openai.delta_run import DeltaRun, begin_run
from proxy_core.wire.sse import ServerSentEvent


def read_plain(event: ServerSentEvent) -> tuple[str, str] | None:
    return (event.event, event.data) if event.event != "other" else None


def begin(*told: ReplyEvent, event: str = "a", account: Sequence[str] = ()) -> DeltaRun[str] | None:
    return begin_run(read_plain, ServerSentEvent("Hi.", event), told, lambda _: [*account].append)


@pytest.mark.parametrize("says", [TextDelta, ThinkingDelta, ToolCallDelta])
def test_what_differs_in_its_words_alone_says_the_same_of_them(
    says: type[TextDelta | ThinkingDelta | ToolCallDelta],
) -> None:
    account: list[str] = []
    run = begin_run(
        read_plain, ServerSentEvent("Hi.", "a"), [says("Hi.")], lambda _: account.append
    )
    assert run
    assert run.read(ServerSentEvent("Ho.", "a")) == says("Ho.")
    for other in (("", "a"), ("Ho.", "b"), ("Ho.", "other")):
        assert run.read(ServerSentEvent(*other)) is None
    assert account == ["Ho."]


@pytest.mark.parametrize(
    "told",
    [
        [],
        [TextDelta("Hi"), TextDelta(".")],
        [TextDelta("Hi")],
        [RefusalDelta("Hi.")],  # whose words are kept elsewhere as well
        [ToolCallStarted("Hi.", "Hi.")],
        [ThinkingDelta(""), TextDelta("Hi.")],
    ],
)
def test_no_run_begins_with_what_told_anything_else(told: list[ReplyEvent]) -> None:
    assert begin(*told) is None


def test_no_run_begins_with_what_is_not_plain() -> None:
    assert begin(TextDelta("Hi."), event="other") is None
    assert begin(TextDelta("Hi."))
