"""One request and its reply, between a client's format and an upstream API."""

import json
from typing import Any

import pytest

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import (
    Effort,
    Message,
    Origin,
    Reasoning,
    ReplyFinished,
    Request,
    Text,
    TextDelta,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.errors import BadRequest, Unreadable, UpstreamError, UpstreamTruncated
from proxy_core.reply.translator import ReplyTranslator, write_reply
from proxy_core.translation.upstreams import find_own_limit, without_reasoning, write_request
from tests import grammar
from tests.streams import (
    CHAT,
    RESPONSES,
    added,
    call,
    chat_call,
    chat_stream,
    chunk,
    delta,
    ended,
    message,
    read_all,
    reasoning,
    responses_stream,
    translate,
    translator,
)

APIS: list[UpstreamApi] = ["responses", "chat"]
THOUGHT = Reasoning("rs_1", "gAAA", (), Origin("here", "gpt-5.4"))
HELLO = Message("user", (Text("Hello."),))


def deployment(api: UpstreamApi) -> Deployment:
    return Deployment("gpt", api, find_family("gpt-5.4"), resource="here")


# --- requests ---------------------------------------------------------------


@pytest.mark.parametrize(("api", "field"), [("responses", "input"), ("chat", "messages")])
def test_the_history_is_repaired_first(api: UpstreamApi, field: str) -> None:
    request = Request("m", (HELLO, Message("assistant", (ToolCall("c", "read", "{}"),))))
    assert "interrupted" in json.dumps(write_request(request, deployment(api))[field])


@pytest.mark.parametrize("messages", [(), (Message("assistant", (THOUGHT,)),)])
@pytest.mark.parametrize("api", APIS)
def test_a_request_that_says_nothing_is_refused(
    api: UpstreamApi, messages: tuple[Message, ...]
) -> None:
    with pytest.raises(BadRequest, match="at least one message with content"):
        write_request(Request("m", messages), deployment(api))


@pytest.mark.parametrize("api", APIS)
def test_a_bottomless_schema_is_cut(api: UpstreamApi) -> None:
    schema: dict[str, Any] = {}
    for _ in range(1_000):
        schema = {"type": "array", "items": schema}
    request = Request("m", (HELLO,), tools=(Tool("t", "", schema),))
    assert json.dumps(write_request(request, deployment(api)))


@pytest.mark.parametrize("api", APIS)
def test_a_bottomless_value_in_a_schema_is_refused(api: UpstreamApi) -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    tool = Tool("t", "", {"enum": [value]})
    with pytest.raises(BadRequest, match="nested too deeply"):
        write_request(Request("m", (HELLO,), tools=(tool,)), deployment(api))


def test_reasoning_can_be_left_out() -> None:
    said = Message("assistant", (THOUGHT, Text("Hi.")))
    request = Request("m", (HELLO, said, Message("assistant", (THOUGHT,))), stream=True)
    assert without_reasoning(request) == Request(
        "m", (HELLO, Message("assistant", (Text("Hi."),))), stream=True
    )


@pytest.mark.parametrize(
    ("family", "api", "thinking", "effort", "wanted", "limit"),
    [
        ("gpt-5.4", "responses", "off", "none", None, None),
        ("gpt-5.4", "responses", "off", "none", 16, None),
        ("gpt-5.4", "responses", "off", "none", 15, 15),
        ("gpt-5.4", "responses", "off", "none", 0, 0),
        ("gpt-5.4", "responses", "shown", "high", 2, 2),
        ("gpt-5.4", "responses", "shown", "high", 64, None),
        ("gpt-5.4", "chat", "off", "none", 15, None),
        ("gpt-5.4", "chat", "off", "none", 1, None),
        ("gpt-5.4", "chat", "off", "none", 0, 0),
        ("gpt-5", "responses", "off", "none", 64, 64),  # with room to reason in
        ("gpt-5", "chat", "off", "none", 64, 64),
        ("gpt-5", "responses", "off", "none", 128_000, None),
        ("llama", "chat", "off", "none", 1, None),
        ("my-model", "responses", "off", "none", 1, 1),
    ],
)
def test_the_limit_is_kept_here_where_azure_is_asked_for_more(
    family: str,
    api: UpstreamApi,
    thinking: Thinking,
    effort: Effort,
    wanted: int | None,
    limit: int | None,
) -> None:
    request = Request("m", (HELLO,), max_output_tokens=wanted, thinking=thinking, effort=effort)
    asked = Deployment("gpt", api, find_family(family))
    assert find_own_limit(request, asked) == limit
    body = write_request(request, asked)
    sent = body.get("max_output_tokens", body.get("max_completion_tokens", body.get("max_tokens")))
    assert (limit is not None) == (sent is not None and sent > (wanted or 0))


# --- replies ----------------------------------------------------------------


def test_a_reply_opens_with_the_first_event_that_says_something() -> None:
    reader = translator("responses")
    assert not [*reader.feed(responses_stream({"type": "response.created", "response": {}}))]
    assert not reader.has_spoken
    assert b"message_start" in next(reader.feed(responses_stream(*message(0, "Hi."))))
    assert reader.open() == b""


def test_a_reply_may_open_before() -> None:
    reader = translator("responses")
    assert b"message_start" in reader.open()
    assert not reader.has_spoken
    assert b"message_start" not in b"".join(reader.feed(responses_stream(*message(0, "Hi."))))
    assert reader.has_spoken


def test_a_seal_is_a_word_of_the_model_too() -> None:
    """It opens a block: were the request sent again, the client would get two."""
    reader = translator("responses")
    written = [*reader.feed(responses_stream(reasoning(0, "rs_1")[-1], added(1, type="message")))]
    assert b"signature_delta" in b"".join(written)
    assert reader.has_spoken


@pytest.mark.parametrize(("api", "stream"), [("responses", RESPONSES), ("chat", CHAT)])
def test_only_the_end_of_the_stream_ends_a_reply(api: UpstreamApi, stream: Any) -> None:
    reader = translator(api)
    written = [*reader.feed(stream["text"])]
    assert reader.finished is None
    written += reader.end()
    assert reader.finished is not None
    assert reader.finished.usage is not None
    assert reader.finished.usage.input_tokens == 100
    assert b"message_stop" not in b"".join(written)
    assert grammar.read_stream(b"".join([*written, reader.finish()]))["content"] == [
        {"type": "text", "text": "Hello"}
    ]


def test_an_event_without_its_blank_line_still_counts() -> None:
    reader = translator("responses")
    assert read_all(reader, RESPONSES["text"][:-2])[1] is None


@pytest.mark.parametrize(
    ("api", "stream"), [("responses", RESPONSES["truncated"]), ("chat", CHAT["truncated"])]
)
def test_a_truncated_reply_is_an_error(api: UpstreamApi, stream: bytes) -> None:
    reader = translator(api)
    assert b"Hel" in b"".join(reader.feed(stream))
    with pytest.raises(UpstreamTruncated):
        [*reader.end()]


def test_what_was_said_before_a_failure_is_not_lost() -> None:
    reader = translator("responses")
    begun, failed = RESPONSES["failed"].split(b"event: response.failed")
    written, error = read_all(reader, begun, b"event: response.failed" + failed)
    assert b"Hel" in written
    assert isinstance(error, UpstreamError)
    assert error.message == "Sorry."
    assert grammar.read_events(reader.fail(error)) == [
        {
            "type": "error",
            "error": {"type": "overloaded_error", "message": "Sorry."},
            "request_id": "req_1",
        }
    ]


def test_what_comes_together_with_a_failure_is_said_with_it_and_not_before() -> None:
    """An attempt that has said nothing can be repeated."""
    reader = translator("responses")
    written, error = read_all(reader, RESPONSES["failed"])
    assert written == b""
    assert not reader.has_spoken
    assert error is not None
    assert reader.fail(error) == translate(translator("responses"), RESPONSES["failed"])
    assert reader.has_spoken


def test_another_attempt_knows_nothing_of_the_one_before() -> None:
    reader = translator("responses")
    read_all(reader, RESPONSES["failed"])
    reader.restart(deployment("responses"))
    assert b"Hel" not in reader.fail(UpstreamError("Sorry."))


BLANK = (b"data:\n\n", b"data: \n\n", b"data:   \n\n", b"data: null\n\n", b"event: x\ndata:\n\n")


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("blank", BLANK)
def test_events_that_hold_nothing_are_no_events(api: UpstreamApi, blank: bytes) -> None:
    stream = (RESPONSES if api == "responses" else CHAT)["text"]
    events = [event + b"\n\n" for event in stream.split(b"\n\n")[:-1]]
    assert translate(translator(api), blank + blank.join(events) + blank) == translate(
        translator(api), stream
    )


def usage(output: int, reasoning: int = 0) -> dict[UpstreamApi, dict[str, Any]]:
    details = {"reasoning_tokens": reasoning}
    return {
        "responses": {"output_tokens": output, "output_tokens_details": details},
        "chat": {"completion_tokens": output, "completion_tokens_details": details},
    }


def end(api: UpstreamApi, reason: str, told: dict[UpstreamApi, dict[str, Any]]) -> bytes:
    """A reply that says nothing, in the words of an API."""
    if api == "chat":
        return chat_stream(chunk(reason), {"choices": [], "usage": told[api]})
    why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reason)
    status = "incomplete" if why else "completed"
    return responses_stream(ended(status, usage=told[api], incomplete_details={"reason": why}))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("words", [1, 4])
def test_words_that_were_counted_and_never_came_are_no_success(
    api: UpstreamApi, streamed: bool, words: int
) -> None:
    _, error = read_all(translator(api, stream=streamed), end(api, "stop", usage(3 + words, 3)))
    assert isinstance(error, Unreadable)
    assert error.message == f"Azure counted {words} tokens of a reply, and sent none of them."


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("reason", "told", "stop_reason"),
    [
        ("stop", usage(0), "end_turn"),
        ("stop", usage(64, 64), "end_turn"),
        ("stop", usage(60, 64), "end_turn"),  # some servers count them apart
        ("length", usage(16), "max_tokens"),
        ("length", usage(16, 16), "max_tokens"),
        ("content_filter", usage(16), "refusal"),
    ],
)
def test_a_reply_may_well_be_empty(
    api: UpstreamApi, reason: str, told: dict[UpstreamApi, dict[str, Any]], stop_reason: str
) -> None:
    reply = grammar.read_stream(translate(translator(api), end(api, reason, told)))
    assert (reply["content"], reply["stop_reason"]) == ([], stop_reason)


@pytest.mark.parametrize("api", APIS)
def test_a_stop_sequence_may_leave_nothing(api: UpstreamApi) -> None:
    stream = (RESPONSES if api == "responses" else CHAT)["text"]
    reply = grammar.read_stream(translate(translator(api, stop=("Hello",)), stream))
    assert (reply["content"], reply["stop_reason"]) == ([], "stop_sequence")


@pytest.mark.parametrize(("thinking", "left"), [("shown", []), ("hidden", ["text"])])
def test_shown_thinking_counts_against_the_limit(thinking: Thinking, left: list[str]) -> None:
    """Of the one token that the client takes; what it does not see costs it nothing."""
    reading = translator("responses", thinking=thinking, max_output_tokens=1)
    stream = responses_stream(
        *reasoning(0, "rs_1", "Well, then."), *message(1, "Hi there"), ended(usage=usage(9)["chat"])
    )
    reply = grammar.read_stream(translate(reading, stream))
    assert reply["stop_reason"] == "max_tokens"
    assert [block["type"] for block in reply["content"] if block["type"] == "text"] == left


def test_a_reply_that_is_known_is_opened_and_written() -> None:
    head = ReplyHead(id="msg_1", model="m", thinking="off", request_id="req_1")
    events = [TextDelta("Yes."), ReplyFinished("end", Usage())]
    reply = grammar.read_stream(write_reply(events, ReplyWriter(head, stream=True)))
    assert reply["content"] == [{"type": "text", "text": "Yes."}]


DEEP = '{"output_index":0,"type":' + "[" * 100_000

MALFORMED: dict[str, tuple[UpstreamApi, bytes]] = {
    "no_json": ("responses", b"data: <html>\n\n"),
    "no_object": ("chat", b"data: [1]\n\n"),
    "a_number": ("chat", b"data: NaN\n\n"),
    "too_deep": ("responses", f"data: {DEEP}\n\n".encode()),
    "an_item_without_type": ("responses", b'data: {"output_index":0}\n\n'),
    "choices": ("chat", chat_stream({"choices": 5})),
    "delta": ("chat", chat_stream({"choices": [{"delta": "x"}]})),
    "content": ("chat", chat_stream(chunk(content=5))),
    "content_in_parts": ("chat", chat_stream(chunk(content=[{"type": "text", "text": 5}]))),
    "refusal": ("chat", chat_stream(chunk(refusal=True))),
    "thinking": ("chat", chat_stream(chunk(reasoning_content=5))),
    "thinking_in_parts": ("chat", chat_stream(chunk(reasoning_content=[{"text": True}]))),
    "finish_reason": ("chat", chat_stream(chunk(["stop"]))),  # type: ignore[arg-type]
    "call": ("chat", chat_stream(chunk(tool_calls=["x"]))),
    "call_id": ("chat", chat_stream(chat_call(0, "", id=7, name="f"))),  # type: ignore[arg-type]
    "call_name": ("chat", chat_stream(chat_call(0, "", id="c", name=["f"]))),  # type: ignore[arg-type]
    "summary": (
        "responses",
        responses_stream(
            {**added(0), "type": "response.output_item.done", "item": {"type": "reasoning"}}
            | {"item": {"type": "reasoning", "summary": [7]}}
        ),
    ),
    "arguments_without_a_call": (
        "responses",
        responses_stream(delta("function_call_arguments", 0, "{}"), ended()),
    ),
    "arguments_of_a_finished_call": (
        "responses",
        responses_stream(
            *call(0, "c", "f", "{}"), *message(1, "Hi."), delta("function_call_arguments", 0, "{}")
        ),
    ),
}


@pytest.mark.parametrize(("api", "stream"), MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("streamed", [True, False])
def test_what_cannot_be_read_is_azures_error(
    api: UpstreamApi, stream: bytes, streamed: bool
) -> None:
    _, error = read_all(translator(api, stream=streamed), stream)
    assert isinstance(error, UpstreamError)
    assert error.status == 502
    assert not isinstance(error, UpstreamTruncated)


@pytest.mark.parametrize("api", APIS)
def test_a_stop_sequence_ends_the_reply(api: UpstreamApi) -> None:
    stream = (RESPONSES if api == "responses" else CHAT)["text"]
    reply = grammar.read_stream(translate(translator(api, stop=("lo", "")), stream))
    assert reply["content"] == [{"type": "text", "text": "Hel"}]
    assert (reply["stop_reason"], reply["stop_sequence"]) == ("stop_sequence", "lo")
    assert reply["usage"]["output_tokens"] == 1  # an estimate: Azure was not waited for


def test_blank_stop_sequences_stop_nothing() -> None:
    reply = grammar.read_stream(translate(translator("chat", stop=("",)), CHAT["text"]))
    assert reply["stop_reason"] == "end_turn"


@pytest.mark.parametrize(("api", "limit"), [("responses", 128), ("chat", 64)])
def test_the_client_sees_its_own_tool_names(api: UpstreamApi, limit: int) -> None:
    name = "mcp__server__" + "x" * 120
    request = Request("m", (HELLO,), tools=(Tool(name, "", {}),))
    tool = write_request(request, deployment(api))["tools"][0]
    wire_name = tool.get("function", tool)["name"]
    assert len(wire_name) == limit
    streams = {
        "responses": responses_stream(*call(0, "c", wire_name, "{}"), ended()),
        "chat": chat_stream(chat_call(0, "{}", id="c", name=wire_name), chunk("tool_calls")),
    }
    reply = grammar.read_stream(translate(translator(api, tools=request.tools), streams[api]))
    assert reply["content"][0]["name"] == name


def test_reasoning_comes_back_as_it_went() -> None:
    """Azure's reply, read as a client's next request, replays what Azure said."""
    from proxy_core.anthropic_messages import read_request

    reply = grammar.read_stream(
        translate(translator("responses"), RESPONSES["thinking_then_calls"])
    )
    results = [
        {"type": "tool_result", "tool_use_id": id, "content": "1"} for id in ("call_1", "call_2")
    ]
    body = {
        "model": "claude",
        "max_tokens": 99,
        "messages": [
            {"role": "user", "content": "Read."},
            {"role": "assistant", "content": reply["content"]},
            {"role": "user", "content": results},
        ],
    }
    written = write_request(read_request(body), deployment("responses"))["input"]
    thought, said, *calls = written[1:]
    assert thought == {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [
            {"type": "summary_text", "text": "First."},
            {"type": "summary_text", "text": "Second."},
        ],
        "encrypted_content": "gAAAlong",
    }
    assert said == {
        "type": "message",
        "role": "assistant",
        "content": "Reading.",
        "phase": "commentary",
    }
    assert [item.get("call_id") for item in calls] == ["call_1", "call_2"] * 2


def test_a_reply_in_one_piece() -> None:
    reader = translator("chat", stream=False)
    assert not any(reader.feed(CHAT["text"]))
    written, _ = read_all(reader)
    reply = json.loads(written)
    assert reply["content"] == [{"type": "text", "text": "Hello"}]
    assert reader.finished is not None
    assert reader.finished.usage == Usage(100, 40, 0, 20, 5)


def test_results_stay_with_their_calls() -> None:
    history = (
        HELLO,
        Message("assistant", (ToolCall("c", "f", "{}"), ToolCall("d", "f", "{}"))),
        Message("user", (ToolResult("d", (Text("2"),)), ToolResult("c", (Text("1"),)))),
    )
    written = write_request(Request("m", history), deployment("chat"))["messages"]
    assert [m.get("tool_call_id") for m in written[2:]] == ["c", "d"]


@pytest.mark.parametrize(
    ("api", "stream"),
    [
        (
            "responses",
            responses_stream(*call(0, "c", "f", "{}"), *call(1, "c", "f", "{}"), ended()),
        ),
        (
            "chat",
            chat_stream(
                chat_call(0, "{}", id="c", name="f"),
                chat_call(1, "{}", id="c", name="f"),
                chunk("tool_calls"),
            ),
        ),
    ],
)
def test_calls_are_told_apart_even_where_azure_gives_two_the_same_id(
    api: UpstreamApi, stream: bytes
) -> None:
    reader = translator(api)
    message = grammar.read_stream(translate(reader, stream))
    assert [block["id"] for block in message["content"]] == ["c", "c_2"]


# --- the client's own limit ---


SPOKEN = {
    "responses": responses_stream(*message(0, "Hello", " there", ", you."), ended()),
    "chat": chat_stream(chunk(content="Hello"), chunk(content=" there"), chunk("stop")),
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("api", "limit", "text", "reason"),
    [
        ("responses", 0, "", "max_tokens"),
        ("responses", 1, "Hello", "max_tokens"),
        ("responses", 2, "Hello there", "max_tokens"),
        ("responses", 15, "Hello there, you.", "end_turn"),
        ("chat", 0, "", "max_tokens"),
        ("chat", 1, "Hello there", "end_turn"),  # Azure has counted
    ],
)
def test_no_more_than_was_asked_for_reaches_the_client(
    api: UpstreamApi, limit: int, text: str, reason: str, stream: bool
) -> None:
    asked: dict[str, Any] = {"effort": "none", "max_output_tokens": limit}
    reader = translator(api, thinking="off", stream=stream, **asked)
    reply = translate(reader, SPOKEN[api])
    told = grammar.read_stream(reply) if stream else json.loads(reply)
    assert "".join(block["text"] for block in told["content"]) == text
    assert told["stop_reason"] == reason
    assert len(told["content"]) == bool(text)
    assert reader.finished


def test_a_stop_sequence_beyond_the_limit_is_never_met() -> None:
    for limit, reason in ((1, "length"), (9, "stop_sequence")):
        reader = translator("responses", thinking="off", max_output_tokens=limit, stop=(" there",))
        said = grammar.read_stream(translate(reader, SPOKEN["responses"]))
        assert said["content"] == [{"type": "text", "text": "Hello"}]
        assert reader.finished
        assert reader.finished.stop_reason == reason


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("tool", "pieces", "arguments"),
    [
        (Tool("t", "", {"properties": {"b": {"type": "integer"}}}), ['"b":', "nu", "ll"], {}),
        (Tool("t", "", {"properties": {"b": {"type": "null"}}}), ['"b":', "nu", "ll"], {"b": None}),
    ],
)
def test_arguments_that_come_one_by_one_are_repaired_as_those_that_come_together(
    api: UpstreamApi, tool: Tool, pieces: list[str], arguments: Any
) -> None:
    pieces = ["{", *pieces, "}"]
    events = [*call(0, "c", "t", *pieces), ended()]
    began, deltas = chat_call(0, "", id="c", name="t"), [chat_call(0, piece) for piece in pieces]
    streams: dict[str, list[bytes]] = {
        "responses": [*map(responses_stream, events)],
        "chat": [chat_stream(each, done=False) for each in (began, *deltas, chunk("tool_calls"))],
    }
    for azure in (streams[api], [b"".join(streams[api])]):
        reply = translate(translator(api, tools=(tool,)), *azure)
        assert grammar.read_stream(reply)["content"][0]["input"] == arguments


class Onlooker:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def see(self, event: Any) -> None:
        self.seen.append(event)


@pytest.mark.parametrize(
    ("api", "azure"),
    [
        ("responses", responses_stream(*(delta("output_text", 0, word) for word in "abc"))),
        ("chat", chat_stream(*(chunk(content=word) for word in "abc"), done=False)),
    ],
)
def test_a_recorder_sees_each_delta_of_a_run(api: UpstreamApi, azure: bytes) -> None:
    head, onlooker = ReplyHead("msg_1", "claude-sonnet", "shown"), Onlooker()
    watched = ReplyTranslator(
        Request("m", (HELLO,)), deployment(api), ReplyWriter(head, stream=True), onlooker
    )
    for event in azure.split(b"\n\n")[:-1]:
        assert b"".join(watched.feed(event + b"\n\n")).count(b"text_delta") == 1
    assert onlooker.seen == [TextDelta(word) for word in "abc"]
