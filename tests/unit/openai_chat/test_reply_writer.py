"""Reply events -> a Chat Completion: chunks, wrapped reasoning, endings; streamed and whole alike.

`read` is a client as strict as Cursor: it takes the bytes apart without the proxy's help.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from proxy_core.conversation import (
    Cited,
    Origin,
    Reasoning,
    RefusalDelta,
    ReplyEvent,
    ReplyFinished,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebPage,
    WebSearched,
)
from proxy_core.errors import InternalError, UpstreamError, UpstreamTruncated
from proxy_core.openai_chat.reasoning_display import ReasoningDisplay, strip_reasoning
from proxy_core.openai_chat.reply_writer import ReplyHead, ReplyWriter

HEAD = ReplyHead("chatcmpl_1", "GPT-High", 1_700_000_000)
SEALED = ThinkingSealed(Reasoning("rs_1", "gAAA", ("Hm.",), Origin("here", "gpt-5.4")))
CALL = ToolCallStarted("call_1", "read")
OTHER = ToolCallStarted("call_2", "ApplyPatch")
END = ReplyFinished("end")

OPENED = "<details><summary>Thinking</summary>\n\n"
CLOSED = "\n\n</details>\n\n"

Delta = dict[str, Any]


def writer(display: ReasoningDisplay = "details", *, stream: bool = True, **head: Any) -> Any:
    return ReplyWriter(replace(HEAD, display=display, **head), stream=stream)


def write(told: ReplyWriter, *events: ReplyEvent) -> bytes:
    return b"".join(map(told.write, events))


def read(stream: bytes) -> list[Any]:
    """The payloads of a stream; comments are skipped, as the specification says."""
    *blocks, end = stream.decode().split("\n\n")
    assert end == ""
    data = [block.removeprefix("data: ") for block in blocks if not block.startswith(":")]
    return [line if line == "[DONE]" else json.loads(line) for line in data]


def deltas(*events: ReplyEvent, display: ReasoningDisplay = "details") -> list[Delta]:
    """What each chunk adds, without the opening."""
    return [
        chunk["choices"][0]["delta"] for chunk in read(write(writer(display), *events)) if chunk
    ]


def fold(stream: bytes) -> Delta:
    """The message and the ending that a client puts together from a stream."""
    *chunks, done = read(stream)
    assert done == "[DONE]"
    message: Delta = {"role": None, "content": "", "reasoning_content": "", "tool_calls": []}
    reason = usage = None
    for chunk in chunks:
        assert (chunk["id"], chunk["model"]) == (HEAD.id, HEAD.model)
        assert (chunk["object"], chunk["created"]) == ("chat.completion.chunk", HEAD.created)
        if not chunk["choices"]:
            usage = chunk["usage"]
            continue
        (choice,) = chunk["choices"]
        assert (choice["index"], reason) == (0, None)
        reason = choice["finish_reason"]
        _add(message, choice["delta"])
    return {"message": message, "finish_reason": reason, "usage": usage}


def _add(message: Delta, delta: Delta) -> None:
    if message["role"] is None:
        assert delta == {"role": "assistant", "content": ""}
        message["role"] = delta["role"]
    for name in ("content", "reasoning_content"):
        message[name] += delta.get(name, "")
    if "refusal" in delta:
        message["refusal"] = message.get("refusal", "") + delta["refusal"]
    for call in delta.get("tool_calls", ()):
        if "id" in call:
            assert call["index"] == len(message["tool_calls"])
            assert call["function"]["arguments"] == ""
            message["tool_calls"].append({key: call[key] for key in ("id", "type", "function")})
        else:
            assert call["index"] == len(message["tool_calls"]) - 1
            message["tool_calls"][-1]["function"]["arguments"] += call["function"]["arguments"]


def test_a_function_that_is_called_without_arguments_gets_an_empty_object() -> None:
    told = [CALL, OTHER, ToolCallDelta(""), ToolCallDelta("a"), CALL, ReplyFinished("tool_calls")]
    for reply in (streamed(*told), whole(*told)):
        calls = reply["message"]["tool_calls"]
        assert [call["function"]["arguments"] for call in calls] == ["{}", "a", "{}"]


def test_and_gets_it_behind_the_wrapper_of_reasoning() -> None:
    for last in (CALL, END):
        stream = write(writer(), CALL, ThinkingDelta("Hm."), last)
        assert stream.index(b"</details>") < stream.index(b'"arguments":"{}"')


def test_but_not_one_that_takes_free_text() -> None:
    told = writer(custom_tools={"ApplyPatch"})
    stream = told.open() + write(told, CALL, OTHER, ReplyFinished("tool_calls"))
    calls = fold(stream)["message"]["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == ["{}", ""]


def test_arguments_may_still_come_behind_a_text() -> None:
    for between in (TextDelta("Hm."), ThinkingDelta("Hm."), SEALED):
        reply = streamed(CALL, between, ToolCallDelta('{"a":1}'), ReplyFinished("tool_calls"))
        (call,) = reply["message"]["tool_calls"]
        assert call["function"]["arguments"] == '{"a":1}'


@pytest.mark.parametrize("display", ["field", "off"])
def test_a_display_without_a_wrapper_fills_the_field_alone(display: ReasoningDisplay) -> None:
    told = [ThinkingDelta("Hm."), TextDelta("{}"), END]
    for reply in (streamed(*told, display=display), whole(*told, display=display)):
        message = reply["message"]
        assert (message["content"], message["reasoning_content"]) == ("{}", "Hm.")


def streamed(
    *events: ReplyEvent, display: ReasoningDisplay = "details", include_usage: bool = False
) -> Delta:
    told = writer(display, include_usage=include_usage)
    return fold(told.open() + write(told, *events))


def whole(*events: ReplyEvent, display: ReasoningDisplay = "details") -> Delta:
    """The same shape as `fold`, of a completion in one piece."""
    told = writer(display, stream=False)
    completion = json.loads(told.open() + write(told, *events))
    assert (completion["id"], completion["model"]) == (HEAD.id, HEAD.model)
    assert (completion["object"], completion["created"]) == ("chat.completion", HEAD.created)
    (choice,) = completion["choices"]
    message = choice["message"]
    return {
        "message": {
            "role": message["role"],
            "content": message["content"] or "",
            "reasoning_content": message.get("reasoning_content", ""),
            "tool_calls": message.get("tool_calls", []),
        },
        "finish_reason": choice["finish_reason"],
        "usage": completion["usage"],
    }


# --- The opening ---


def test_the_role_comes_first_and_at_once() -> None:
    assert read(writer().open()) == [
        {
            "id": "chatcmpl_1",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "GPT-High",
            "choices": [
                {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
            ],
        }
    ]
    assert writer(stream=False).open() == b""


# --- Text and calls ---


def test_text_arrives_as_it_is_said() -> None:
    assert deltas(TextDelta("Hel"), TextDelta("lo")) == [{"content": "Hel"}, {"content": "lo"}]


def started(index: int, id: str, name: str) -> Delta:
    function = {"name": name, "arguments": ""}
    return {"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}


def continued(index: int, arguments: str) -> Delta:
    return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}


def test_indexes_are_dense_from_zero_whatever_came_between() -> None:
    events = [
        *(ThinkingDelta("Hm."), SEALED, TextDelta("Hi.")),
        *(CALL, ToolCallDelta('{"a"'), ToolCallDelta(":1}")),
        *(TextDelta("And."), OTHER, ToolCallDelta("*** Begin Patch")),
    ]
    assert deltas(*events)[-6:] == [
        started(0, "call_1", "read"),
        continued(0, '{"a"'),
        continued(0, ":1}"),
        {"content": "And."},
        started(1, "call_2", "ApplyPatch"),
        continued(1, "*** Begin Patch"),
    ]


def test_a_custom_call_comes_down_as_a_functions() -> None:
    patch = '*** Begin Patch\n-"a"\n+b\n*** End Patch'
    events = [OTHER, ToolCallDelta(patch[:9]), ToolCallDelta(patch[9:])]
    calls = [
        {
            "id": "call_2",
            "type": "function",
            "function": {"name": "ApplyPatch", "arguments": patch},
        }
    ]
    ending = ReplyFinished("tool_calls")
    assert streamed(*events, ending)["message"]["tool_calls"] == calls
    assert whole(*events, ending)["message"]["tool_calls"] == calls


@pytest.mark.parametrize("before", [[], [TextDelta("Hi")], [ThinkingDelta("Hm.")]])
def test_arguments_without_a_call_are_azures_mistake(before: list[ReplyEvent]) -> None:
    with pytest.raises(UpstreamError, match="no open tool call"):
        write(writer(), *before, ToolCallDelta("{}"))


# --- Reasoning ---

THOUGHT: list[ReplyEvent] = [ThinkingDelta(""), ThinkingDelta("Hm"), ThinkingDelta(".")]

DISPLAYS: list[tuple[ReasoningDisplay, str]] = [
    ("details", f"{OPENED}Hm.{CLOSED}"),
    ("think", "<think>\nHm.\n</think>\n\n"),
    ("off", ""),
]


@pytest.mark.parametrize(("display", "shown"), DISPLAYS)
@pytest.mark.parametrize(
    ("following", "content", "calls"),
    [
        ([SEALED, TextDelta("Hi.")], "Hi.", 0),
        ([TextDelta("Hi.")], "Hi.", 0),
        ([SEALED, CALL], "", 1),
        ([CALL], "", 1),
        ([SEALED], "", 0),
        ([], "", 0),
    ],
)
@pytest.mark.parametrize("form", [streamed, whole])
def test_it_is_shown_and_closed(
    form: Any,
    following: list[ReplyEvent],
    content: str,
    calls: int,
    display: ReasoningDisplay,
    shown: str,
) -> None:
    message = form(*THOUGHT, *following, END, display=display)["message"]
    assert message["content"] == shown + content
    assert message["reasoning_content"] == "Hm."
    assert len(message["tool_calls"]) == calls


def test_it_is_shown_as_it_arrives() -> None:
    assert deltas(*THOUGHT, TextDelta("Hi.")) == [
        {"content": f"{OPENED}Hm", "reasoning_content": "Hm"},
        {"content": ".", "reasoning_content": "."},
        {"content": f"{CLOSED}Hi."},
    ]


def test_it_is_closed_before_a_call_begins() -> None:
    assert deltas(*THOUGHT, CALL)[2:] == [{"content": CLOSED}, started(0, "call_1", "read")]


def test_it_is_closed_before_a_call_goes_on() -> None:
    assert deltas(CALL, *THOUGHT, ToolCallDelta("{}"))[-2:] == [
        {"content": CLOSED},
        continued(0, "{}"),
    ]


def test_switched_off_it_stays_out_of_the_content() -> None:
    assert deltas(*THOUGHT, SEALED, TextDelta("Hi."), display="off") == [
        {"reasoning_content": "Hm"},
        {"reasoning_content": "."},
        {"content": "Hi."},
    ]


def test_reasoning_that_shows_nothing_opens_nothing() -> None:
    assert deltas(ThinkingDelta(""), SEALED, TextDelta("Hi.")) == [{"content": "Hi."}]


def test_each_stretch_of_it_has_a_wrapper_of_its_own() -> None:
    events: list[ReplyEvent] = [ThinkingDelta("A."), SEALED, ThinkingDelta("B."), TextDelta("C.")]
    message = streamed(*events, *events, END)["message"]
    wrapped = f"{OPENED}A.{CLOSED}{OPENED}B.{CLOSED}C."
    assert message["content"] == f"{wrapped}\n\n{wrapped}"
    assert message["reasoning_content"] == "A.B." * 2


@pytest.mark.parametrize(
    ("before", "gap"),
    [
        ([], ""),
        ([TextDelta("")], ""),
        ([TextDelta("Hi.")], "Hi.\n\n"),
        ([TextDelta("Hi."), TextDelta("")], "Hi.\n\n"),
        ([TextDelta("Hi."), CALL, ToolCallDelta("{}")], "Hi.\n\n"),
        ([CALL, ToolCallDelta("{}")], ""),
    ],
)
def test_a_wrapper_begins_a_line_because_markdown_sees_it_nowhere_else(
    before: list[ReplyEvent], gap: str
) -> None:
    message = streamed(*before, *THOUGHT, END)["message"]
    assert message["content"] == f"{gap}{OPENED}Hm.{CLOSED}"


def test_searches_and_citations_have_no_place_here() -> None:
    page = WebPage("https://example.com", "Example")
    events: list[ReplyEvent] = [WebSearched("ws_1", "q", (page,)), Cited(page, "Hi.")]
    assert deltas(*THOUGHT, *events, TextDelta("Hi.")) == deltas(*THOUGHT, TextDelta("Hi."))


# --- The ending ---


@pytest.mark.parametrize(
    ("reason", "written"),
    [
        ("end", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("stop_sequence", "stop"),
        ("refusal", "stop"),
        ("content_filter", "content_filter"),
        ("context_window", "length"),
    ],
)
def test_why_it_stopped(reason: StopReason, written: str) -> None:
    finished = ReplyFinished(reason, detail="why")
    assert streamed(TextDelta("Hi."), finished)["finish_reason"] == written
    assert whole(TextDelta("Hi."), finished)["finish_reason"] == written


REFUSED = [ThinkingDelta("Hm."), SEALED, RefusalDelta("I "), RefusalDelta("won't.")]


@pytest.mark.parametrize("display", ["details", "think", "field", "off"])
@pytest.mark.parametrize(("is_structured", "where"), [(False, "content"), (True, "refusal")])
def test_a_refusal_is_content_but_where_that_is_json(
    display: ReasoningDisplay, is_structured: bool, where: str
) -> None:
    told = writer(display, is_structured=is_structured)
    message = fold(told.open() + write(told, *REFUSED, END))["message"]
    assert message[where].endswith("I won't.")
    told = writer(display, is_structured=is_structured, stream=False)
    completion = json.loads(told.open() + write(told, *REFUSED, END))
    whole_message = completion["choices"][0]["message"]
    for name in ("content", "refusal"):
        assert (whole_message[name] or "") == message.get(name, "")


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 15},
}


def test_the_usage_comes_when_asked_for_and_last() -> None:
    finished = ReplyFinished("end", Usage(100, 60, 30, 20, 15))
    assert streamed(finished)["usage"] is None
    assert streamed(finished, include_usage=True)["usage"] == USAGE
    assert whole(finished)["usage"] == USAGE
    *_, usage, done = read(write(writer(include_usage=True), finished))
    assert (usage["choices"], done) == ([], "[DONE]")


SAID: list[ReplyEvent] = [
    ThinkingDelta("Hm, hm."),  # 7 characters
    TextDelta("I look."),  # 7
    CALL,
    ToolCallDelta('{"path":"a"}'),  # 12
]


@pytest.mark.parametrize(
    ("told", "prompt", "completion"),
    [
        (None, 300, 7),
        (Usage(None, output_tokens=None), 300, 7),
        (Usage(100, output_tokens=None), 100, 7),
        (Usage(None, output_tokens=20), 300, 20),
        (Usage(0, output_tokens=0), 0, 0),
        # never less than a part of it that was told
        (Usage(None, 400, output_tokens=None, reasoning_tokens=50), 400, 50),
    ],
)
def test_what_azure_does_not_tell_of_the_usage_is_estimated(
    told: Usage | None, prompt: int, completion: int
) -> None:
    for stream in (True, False):
        writes = writer(stream=stream, include_usage=True, input_tokens=lambda: 300)
        reply = write(writes, *SAID, ReplyFinished("tool_calls", told))
        usage = read(reply)[-2]["usage"] if stream else json.loads(reply)["usage"]
        counts = (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
        assert counts == (prompt, completion, prompt + completion)


@pytest.mark.parametrize(
    ("stream", "include_usage", "usage", "asked"),
    [
        (True, False, None, 0),
        (True, True, Usage(1), 0),
        (True, True, None, 1),
        (False, False, Usage(1), 0),
        (False, False, None, 1),
    ],
)
def test_the_input_is_counted_once_at_the_end_and_only_if_need_be(
    stream: bool, include_usage: bool, usage: Usage | None, asked: int
) -> None:
    calls: list[int] = []
    writes = writer(
        stream=stream, include_usage=include_usage, input_tokens=lambda: calls.append(1) or 300
    )
    writes.open()
    write(writes, *SAID)
    assert calls == []
    write(writes, ReplyFinished("end", usage))
    assert len(calls) == asked


def test_reasoning_that_is_not_shown_inside_the_content_counts_too() -> None:
    writes = writer("off", stream=False)
    reply = write(writes, ThinkingDelta("Hm, hm."), ReplyFinished("end"))
    assert json.loads(reply)["usage"]["completion_tokens"] == 2


# --- Replies without end ---

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "piece",
    [TextDelta("x" * MEGABYTE), ToolCallDelta("x" * MEGABYTE), ThinkingDelta("x" * MEGABYTE)],
)
def test_a_reply_that_is_longer_than_any_models(stream: bool, piece: ReplyEvent) -> None:
    told = writer(stream=stream)
    write(told, CALL, *[piece] * 32)
    with pytest.raises(UpstreamError, match=r"^Azure's reply is longer than any model's\.$"):
        write(told, piece)


@pytest.mark.parametrize("item", [CALL, SEALED])
def test_a_reply_of_more_items_than_any_models(item: ReplyEvent) -> None:
    told = writer()
    write(told, *[item] * 10_000)
    with pytest.raises(UpstreamError, match=r"^Azure's reply has more than 10,000 items\.$"):
        write(told, item)


def test_nothing_said_is_a_reply_as_well() -> None:
    nothing = {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": []}
    assert streamed(END)["message"] == whole(END)["message"] == nothing


# --- Signs of life, and errors ---


def test_signs_of_life() -> None:
    told = writer()
    assert told.keep_alive() == b": keep-alive\n\n"
    assert read(told.open() + told.keep_alive() + write(told, END))[-1] == "[DONE]"
    assert writer(stream=False).keep_alive() == b" "
    assert [told.keep_alive_gap(sent) for sent in (0, 1, 99)] == [10, 10, 10]


SORRY = "\n\nAzure OpenAI failed: Azure closed the stream before finishing its reply. Try again."


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ([], ""),
        ([TextDelta("Hi.")], "Hi."),
        ([ThinkingDelta("Hm.")], f"{OPENED}Hm.{CLOSED}"),
        ([ThinkingDelta("Hm."), SEALED], f"{OPENED}Hm.{CLOSED}"),
        ([ThinkingDelta("Hm."), CALL, ToolCallDelta('{"a')], f"{OPENED}Hm.{CLOSED}"),
    ],
)
def test_an_error_after_the_first_byte_is_content_then_an_ending(
    said: list[ReplyEvent], content: str
) -> None:
    told = writer(include_usage=True)
    reply = fold(told.open() + write(told, *said) + told.write_error(UpstreamTruncated()))
    assert reply["message"]["content"] == content + SORRY
    assert (reply["finish_reason"], reply["usage"]) == ("stop", None)


def test_an_error_in_one_piece() -> None:
    told = writer(stream=False)
    completion = json.loads(write(told, ThinkingDelta("Hm.")) + told.write_error(InternalError()))
    assert completion["choices"][0]["message"]["content"] == (
        f"{OPENED}Hm.{CLOSED}\n\nThe proxy failed on this request. Its log says where."
    )


# --- Whatever Azure says ---

words = st.text(st.sampled_from('a <\n"é'), max_size=4)
says = st.one_of(
    st.builds(TextDelta, words),
    st.builds(ThinkingDelta, words),
    st.just(SEALED),
    st.builds(ToolCallDelta, words),  # each after the start of a call of its own
)


@given(st.lists(says, max_size=9), st.sampled_from(["details", "think", "off"]))
def test_streamed_and_whole_are_the_same_and_the_next_request_finds_the_text_in_it(
    said: list[ReplyEvent], display: ReasoningDisplay
) -> None:
    events: list[ReplyEvent] = []
    for number, event in enumerate(said):
        if isinstance(event, ToolCallDelta):
            events.append(ToolCallStarted(f"call_{number}", "read"))
        events.append(event)
    events.append(ReplyFinished("end", Usage(1, 0, 0, 2, 1)))
    reply = streamed(*events, display=display, include_usage=True)
    assert reply == whole(*events, display=display)
    spoken = "".join(event.text for event in said if isinstance(event, TextDelta))
    assert strip_reasoning(reply["message"]["content"], display) == spoken
