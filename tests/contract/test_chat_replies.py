"""OpenAI's own types and client accept whatever we answer, and read in it what we meant."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import TypeAdapter, ValidationError

from proxy_core import cursor, openai_chat
from proxy_core.deployments.models import UpstreamApi
from proxy_core.errors import AccessDenied, BadRequest, ProxyError, UpstreamError
from tests import chat_grammar
from tests.streams import (
    ALL,
    CHAT,
    RESPONSES,
    WHOLE,
    chat_translator,
    custom_call,
    ended,
    reasoning,
    responses_stream,
    translate,
)

ASKED: dict[str, Any] = {
    "model": "gpt-high",
    "messages": [{"role": "user", "content": "Hello."}],
}
CHUNK: TypeAdapter[Any] = TypeAdapter(ChatCompletionChunk)
COMPLETION: TypeAdapter[Any] = TypeAdapter(ChatCompletion)

every_stream = pytest.mark.parametrize(("api", "stream"), ALL)
whole_streams = pytest.mark.parametrize(("api", "stream"), WHOLE)
every_display = pytest.mark.parametrize("display", ["details", "think", "off"])

# --- types ------------------------------------------------------------------


@every_stream
def test_the_types_accept_every_chunk(api: UpstreamApi, stream: bytes) -> None:
    for chunk in chat_grammar.read_chunks(reply(api, stream)):
        CHUNK.validate_json(json.dumps(chunk), strict=True)


@whole_streams
def test_the_types_accept_the_whole_completion(api: UpstreamApi, stream: bytes) -> None:
    COMPLETION.validate_json(reply(api, stream, stream=False), strict=True)


def test_the_types_see_mistakes() -> None:
    whole = json.loads(reply("chat", CHAT["text"], stream=False))
    chunk, *_ = chat_grammar.read_chunks(reply("chat", CHAT["text"]))
    for type, good in ((COMPLETION, whole), (CHUNK, chunk)):
        for mistake in ({"object": "thing"}, {"created": "now"}, {"choices": [{"index": 0}]}):
            with pytest.raises(ValidationError):
                type.validate_python(good | mistake, strict=True)


# --- grammar ----------------------------------------------------------------


@every_stream
@every_display
def test_every_stream_is_grammatical(api: UpstreamApi, stream: bytes, display: Any) -> None:
    said(reply(api, stream, display=display))


@whole_streams
@every_display
def test_streamed_and_whole_agree(api: UpstreamApi, stream: bytes, display: Any) -> None:
    streamed = said(reply(api, stream, display=display))
    assert json.loads(reply(api, stream, display=display, stream=False)) == streamed


@whole_streams
def test_no_usage_unless_asked(api: UpstreamApi, stream: bytes) -> None:
    assert said(reply(api, stream, include_usage=False))["usage"] is None


# --- the official client ----------------------------------------------------


@every_stream
def test_the_client_reads_the_chunks(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream)
    with client(body) as sdk, sdk.chat.completions.create(**ASKED, stream=True) as chunks:
        received = [plain(chunk) for chunk in chunks]
    assert received == chat_grammar.read_chunks(body)


@every_stream
def test_the_client_puts_the_chunks_together(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream)
    with client(body) as sdk, sdk.chat.completions.stream(**ASKED) as events:
        events.until_done()
        completion = events.current_completion_snapshot
    assert meant(completion) == meant(ChatCompletion.model_validate(said(body)))


@whole_streams
def test_the_client_reads_the_whole_completion(api: UpstreamApi, stream: bytes) -> None:
    body = reply(api, stream, stream=False)
    with client(body, "application/json") as sdk:
        assert plain(sdk.chat.completions.create(**ASKED)) == json.loads(body)


def test_the_client_skips_comments() -> None:
    writer = openai_chat.ReplyWriter(openai_chat.ReplyHead("c", "gpt-high", 0), stream=True)
    comment = writer.keep_alive()
    first, rest = reply("chat", CHAT["text"]).split(b"\n\n", 1)
    body = comment + first + b"\n\n" + comment + comment + rest
    with client(body) as sdk, sdk.chat.completions.stream(**ASKED) as events:
        assert events.get_final_completion().choices[0].message.content == "Hello"
    assert said(body)["choices"][0]["message"]["content"] == "Hello"


def test_the_client_reads_the_models() -> None:
    with client(json.dumps(cursor.list_models()).encode(), "application/json") as sdk:
        models = [*sdk.models.list()]
    assert [model.id for model in models] == ["gpt-high", "gpt-medium", "gpt-low", "gpt-minimal"]
    for model in models:
        Model.model_validate(model.to_dict(), strict=True)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (AccessDenied("Wrong."), openai.AuthenticationError, "Wrong."),
        (BadRequest("messages: none"), openai.BadRequestError, "messages: none"),
        (UpstreamError("Busy.", status=429), openai.BadRequestError, "answered 429: Busy."),
        (UpstreamError("Down.", status=503), openai.BadRequestError, "answered 503: Down."),
        (UpstreamError("No.", status=401, advice="Do."), openai.BadRequestError, "401: No. Do."),
    ],
)
def test_the_client_reads_errors(
    error: ProxyError, kind: type[openai.APIStatusError], words: str
) -> None:
    body = json.dumps(openai_chat.write_error(error)).encode()
    with (
        client(body, "application/json", openai_chat.error_status(error)) as sdk,
        pytest.raises(kind, match=words) as caught,
    ):
        sdk.chat.completions.create(**ASKED)
    assert caught.value.type == "invalid_request_error"


# --- what was meant ---------------------------------------------------------

CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": '{"path":"a"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "list", "arguments": "{}"}},
]
SHOWN = "<details><summary>Thinking</summary>\n\nFirst.\n\nSecond.\n\n</details>\n\nReading."


def test_thinking_then_calls() -> None:
    completion = said(reply("responses", RESPONSES["thinking_then_calls"]))
    (choice,) = completion["choices"]
    assert choice["message"] == {
        "role": "assistant",
        "content": SHOWN,
        "refusal": None,
        "reasoning_content": "First.\n\nSecond.",
        "tool_calls": CALLS,
    }
    assert choice["finish_reason"] == "tool_calls"
    assert completion["usage"] == {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }


@pytest.mark.parametrize("streamed", [True, False])
def test_a_custom_call_comes_down_as_a_function(streamed: bool) -> None:
    patch = '*** Begin Patch\n+x = "2"\n*** End Patch'
    stream = responses_stream(
        *reasoning(0, "rs_1"),
        *custom_call(1, "call_1", "ApplyPatch", patch[:9], patch[9:]),
        ended(),
    )
    body = reply("responses", stream, stream=streamed)
    completion = said(body) if streamed else json.loads(body)
    function = {"name": "ApplyPatch", "arguments": patch}
    assert completion["choices"][0]["message"]["tool_calls"] == [
        {"id": "call_1", "type": "function", "function": function}
    ]


@pytest.mark.parametrize(("api", "stream"), [("responses", RESPONSES), ("chat", CHAT)])
@pytest.mark.parametrize(
    ("story", "words", "reason"),
    [
        ("text", "Hello", "stop"),
        ("too_long", "Once upon", "length"),
        ("refusal", "No.", "stop"),
    ],
)
def test_both_apis_say_the_same(
    api: UpstreamApi, stream: dict[str, bytes], story: str, words: str, reason: str
) -> None:
    (choice,) = said(reply(api, stream[story]))["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (words, reason)


@pytest.mark.parametrize(("api", "stream"), [("responses", RESPONSES), ("chat", CHAT)])
@pytest.mark.parametrize(("story", "words"), [("failed", "Sorry."), ("truncated", "closed")])
def test_a_failure_becomes_text(
    api: UpstreamApi, stream: dict[str, bytes], story: str, words: str
) -> None:
    completion = said(reply(api, stream[story]))
    (choice,) = completion["choices"]
    text, explanation = choice["message"]["content"].split("\n\n")
    assert (text, choice["finish_reason"]) == ("Hel", "stop")
    assert explanation.startswith("Azure OpenAI")
    assert words in explanation
    assert completion["usage"] is None


# --- helpers ----------------------------------------------------------------


def reply(
    api: UpstreamApi,
    upstream: bytes,
    *,
    display: Any = "details",
    stream: bool = True,
    include_usage: bool = True,
) -> bytes:
    translator = chat_translator(api, display=display, stream=stream, include_usage=include_usage)
    return translate(translator, upstream)


def said(body: bytes) -> dict[str, Any]:
    return chat_grammar.read_stream(body)


@contextmanager
def client(body: bytes, type: str = "text/event-stream", status: int = 200) -> Iterator[OpenAI]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": type})

    with OpenAI(
        api_key="key",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        _strict_response_validation=True,
    ) as sdk:
        yield sdk


def plain(value: Any) -> Any:
    """What was on the wire: the client's types add defaults of their own."""
    return value.to_dict(mode="json", exclude_unset=True)


def meant(completion: Any) -> Any:
    """Without what only one of the two forms has, such as indexes of calls and empty texts."""
    (choice,) = completion.choices
    message = choice.message
    calls = [
        (call.id, call.type, call.function.name, call.function.arguments)
        for call in message.tool_calls or ()
        if call.type == "function"
    ]
    thought = (message.model_extra or {}).get("reasoning_content")
    head = (completion.id, completion.model, completion.created, completion.usage)
    said = (message.role, message.content or "", thought, calls)
    return head, said, choice.finish_reason
