from proxy_core.conversation import (
    Message,
    Origin,
    Part,
    Reasoning,
    ReplyEvent,
    Text,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
)
from proxy_core.translation.call_digest import digest_of
from proxy_core.translation.reasoning_trace import Trace, TraceRecorder, restored

ONE = Reasoning("rs_1", "gAAAA1", (), Origin("here", "gpt-5.4"), "commentary")
TWO = Reasoning("rs_2", "gAAAA2", (), Origin("here", "gpt-5.4"))
CALL = ToolCall("call_1", "read", "{}")
OTHER = ToolCall("call_2", "read", "{}")
SAID = Text("I look.")


NOTHING = Trace((), ())


def key(call: ToolCall = CALL, before: str = "") -> str:
    return digest_of(call, before)


def record(*events: ReplyEvent) -> dict[str, Trace]:
    kept: dict[str, Trace] = {}
    recorder = TraceRecorder("", kept.__setitem__)
    for event in events:
        recorder.see(event)
    recorder.end()
    recorder.end()  # there is nothing left
    return kept


def restore(traces: dict[ToolCall, Trace], *parts: Part) -> tuple[Part, ...]:
    known = {key(call): trace for call, trace in traces.items()}
    [message] = restored([Message("assistant", parts)], ["", "more"], known.get)
    return message.parts


def test_reasoning_is_kept_with_the_call_it_led_to() -> None:
    kept = record(
        ThinkingDelta("hm"),
        ThinkingSealed(ONE),
        ToolCallStarted("call_1", "read"),
        ToolCallDelta("{}"),
        ToolCallStarted("call_2", "read"),
    )
    assert kept == {key(): Trace((), (ONE,)), key(OTHER): NOTHING}


def test_reasoning_before_a_text_is_kept_with_the_next_call() -> None:
    kept = record(
        ThinkingSealed(ONE),
        TextDelta("I "),
        TextDelta("look."),
        ThinkingSealed(TWO),
        ToolCallStarted("call_1", "read"),
    )
    assert kept == {key(): Trace((ONE,), (TWO,))}


def test_reasoning_without_a_call_is_not_kept() -> None:
    assert record(ThinkingSealed(ONE), TextDelta("Done.")) == {}


def test_it_goes_back_before_its_call_and_before_the_text_between() -> None:
    traces = {CALL: Trace((ONE,), (TWO,)), OTHER: Trace((), (ONE,))}
    said = Text("I look.", "commentary")
    assert restore(traces, SAID, CALL, OTHER) == (ONE, said, TWO, CALL, ONE, OTHER)


def test_only_the_first_text_takes_the_phase() -> None:
    more = Text("And more.")
    restored_parts = restore({CALL: Trace((ONE,), ())}, SAID, more, CALL)
    assert restored_parts == (ONE, Text("I look.", "commentary"), more, CALL)


def test_reasoning_whose_text_is_gone_stays_out() -> None:
    assert restore({CALL: Trace((ONE,), (TWO,))}, CALL) == (TWO, CALL)


def test_a_text_whose_reasoning_is_unknown_stays_as_it_is() -> None:
    assert restore({CALL: Trace((), (TWO,))}, SAID, CALL) == (SAID, TWO, CALL)
    assert restore({}, SAID, CALL) == (SAID, CALL)


def test_other_messages_are_left_alone() -> None:
    carried = Message("assistant", (TWO, CALL))
    asked = Message("user", (SAID,))
    traces = {key(): Trace((), (ONE,))}
    assert restored([carried, asked], ["", ""], traces.get) == (carried, asked)


def test_what_was_recorded_goes_back_where_it_was() -> None:
    kept = record(
        ThinkingSealed(TWO),
        TextDelta("I look."),
        ToolCallStarted("call_1", "read"),
        ToolCallDelta('{"a": '),
        ToolCallDelta("1}"),
    )
    called = ToolCall("call_1", "read", '{"a":1}')
    [message] = restored([Message("assistant", (SAID, called))], [""], kept.get)
    assert message.parts == (TWO, SAID, called)


def test_calls_of_one_id_are_told_apart_by_what_was_said_before_them() -> None:
    history = [
        Message("assistant", (CALL,)),
        Message("user", (SAID,)),
        Message("assistant", (CALL,)),
    ]
    kept = {key(before="one"): Trace((), (ONE,)), key(before="two"): Trace((), (TWO,))}
    first, _, last = restored(history, ["one", "x", "two"], kept.get)
    assert (first.parts, last.parts) == ((ONE, CALL), (TWO, CALL))
