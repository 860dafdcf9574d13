"""Anthropic's own types and client accept whatever we answer, and read in it what we meant."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, APIResponseValidationError, APIStatusError
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent
from pydantic import TypeAdapter, ValidationError

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.deployments.models import UpstreamApi
from tests import grammar
from tests.streams import ALL, CHAT, RESPONSES, WHOLE, translate, translator

ASKED: dict[str, Any] = {
    "model": "claude-sonnet",
    "max_tokens": 1_024,
    "messages": [{"role": "user", "content": "Hello."}],
}
EVENTS: list[TypeAdapter[Any]] = [
    TypeAdapter(RawMessageStreamEvent),
    TypeAdapter(BetaRawMessageStreamEvent),
]
MESSAGES: list[TypeAdapter[Any]] = [TypeAdapter(Message), TypeAdapter(BetaMessage)]
NOT_IN_THE_TYPES = ("ping", "error")

every_stream = pytest.mark.parametrize(("api", "stream"), ALL)
whole_streams = pytest.mark.parametrize(("api", "stream"), WHOLE)


# --- types ------------------------------------------------------------------


@every_stream
def test_the_types_accept_every_event(api: UpstreamApi, stream: bytes) -> None:
    for event in grammar.read_events(reply(api, stream)):
        if event["type"] not in NOT_IN_THE_TYPES:
            for type in EVENTS:
                type.validate_json(json.dumps(event), strict=True)


@whole_streams
def test_the_types_accept_the_whole_message(api: UpstreamApi, stream: bytes) -> None:
    for type in MESSAGES:
        type.validate_json(reply(api, stream, whole=True), strict=True)


def test_the_types_see_mistakes() -> None:
    for mistake in ({"stop_reason": "tired"}, {"content": [{"type": "text", "text": 5}]}):
        with pytest.raises(ValidationError):
            MESSAGES[0].validate_python(said(reply("chat", CHAT["text"])) | mistake, strict=True)


# --- grammar ----------------------------------------------------------------


@every_stream
@pytest.mark.parametrize("thinking", ["off", "hidden", "shown"])
def test_every_stream_is_grammatical(api: UpstreamApi, stream: bytes, thinking: Any) -> None:
    ending = grammar.read_stream(reply(api, stream, thinking=thinking))
    assert ending["type"] in ("message", "error")


@whole_streams
@pytest.mark.parametrize("thinking", ["off", "hidden", "shown"])
def test_streamed_and_whole_agree(api: UpstreamApi, stream: bytes, thinking: Any) -> None:
    streamed = said(reply(api, stream, thinking=thinking))
    assert json.loads(reply(api, stream, thinking=thinking, whole=True)) == streamed


# --- the official client ----------------------------------------------------


@whole_streams
def test_the_client_streams_the_message(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream)
    with client(body) as anthropic:
        with anthropic.messages.stream(**ASKED) as streamed:
            message = streamed.get_final_message()
        with anthropic.beta.messages.stream(**ASKED) as streamed:
            beta = streamed.get_final_message()
    for received in (message, beta):
        assert plain(received) == {"stop_details": None, **said(body)}


@whole_streams
def test_the_client_reads_the_events(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream)
    with client(body) as anthropic, anthropic.messages.create(**ASKED, stream=True) as events:
        received = [plain(event) for event in events]
    assert received == grammar.read_events(body)


@whole_streams
def test_the_client_reads_the_whole_message(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream, whole=True)
    with client(body, "application/json") as anthropic:
        assert plain(anthropic.messages.create(**ASKED)) == json.loads(body)


def test_the_client_skips_pings() -> None:
    reader = translator("chat")
    ping = ReplyWriter(ReplyHead("msg_1", "claude-sonnet"), stream=True).keep_alive()
    body = ping + reader.open() + ping + translate(reader, CHAT["text"])
    assert body.count(b"event: ping") == 2
    with client(body) as anthropic, anthropic.messages.stream(**ASKED) as streamed:
        assert streamed.get_final_text() == "Hello"


@pytest.mark.parametrize(
    ("api", "stream", "words"),
    [
        ("responses", RESPONSES["failed"], "Sorry."),
        ("chat", CHAT["failed"], "Sorry."),
        ("responses", RESPONSES["truncated"], "closed the stream"),
        ("chat", CHAT["truncated"], "closed the stream"),
    ],
)
def test_the_client_notices_a_failure(api: UpstreamApi, stream: bytes, words: str) -> None:
    with (
        client(reply(api, stream)) as anthropic,
        anthropic.messages.stream(**ASKED) as streamed,
        pytest.raises(APIStatusError, match=words) as caught,
    ):
        streamed.get_final_message()
    body: Any = caught.value.body
    assert body["error"]["type"] == "overloaded_error"


def test_the_client_sees_mistakes() -> None:
    body = reply("chat", CHAT["text"]).replace(b'"end_turn"', b'"tired"')
    with (
        client(body) as anthropic,
        anthropic.messages.stream(**ASKED) as streamed,
        pytest.raises(APIResponseValidationError),
    ):
        streamed.get_final_message()


# --- what was meant ---------------------------------------------------------

CALLS = [
    {"type": "tool_use", "id": "call_1", "name": "read", "input": {"path": "a"}},
    {"type": "tool_use", "id": "call_2", "name": "list", "input": {}},
]


def test_thinking_then_calls() -> None:
    message = said(reply("responses", RESPONSES["thinking_then_calls"]))
    thinking, *rest = message["content"]
    assert (thinking["type"], thinking["thinking"]) == ("thinking", "First.\n\nSecond.")
    assert rest == [{"type": "text", "text": "Reading."}, *CALLS]
    assert message["stop_reason"] == "tool_use"
    assert message["usage"] == {
        "input_tokens": 52,
        "cache_creation_input_tokens": 8,
        "cache_read_input_tokens": 40,
        "output_tokens": 20,
        "output_tokens_details": {"thinking_tokens": 5},
    }


@pytest.mark.parametrize(("api", "stream"), [("responses", RESPONSES), ("chat", CHAT)])
@pytest.mark.parametrize(
    ("story", "words", "reason"),
    [
        ("text", "Hello", "end_turn"),
        ("too_long", "Once upon", "max_tokens"),
        ("refusal", "No.", "refusal"),
    ],
)
def test_both_apis_say_the_same(
    api: UpstreamApi, stream: dict[str, bytes], story: str, words: str, reason: str
) -> None:
    message = said(reply(api, stream[story]))
    assert message["content"] == [{"type": "text", "text": words}]
    assert message["stop_reason"] == reason


# --- helpers ----------------------------------------------------------------


def reply(
    api: UpstreamApi, stream: bytes, *, whole: bool = False, thinking: Any = "shown"
) -> bytes:
    return translate(translator(api, thinking=thinking, stream=not whole), stream)


def said(body: bytes) -> dict[str, Any]:
    return grammar.read_stream(body)


@contextmanager
def client(body: bytes, type: str = "text/event-stream") -> Iterator[Anthropic]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=body, headers={"content-type": type})

    with Anthropic(
        api_key="key",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        _strict_response_validation=True,
    ) as anthropic:
        yield anthropic


def plain(value: Any) -> Any:
    """What was on the wire: the client's types add defaults and helpers of their own."""
    return value.to_dict(mode="json", exclude_unset=True)
