"""Bytes from outside -> nothing. A target raises where they were neither read nor refused.

Each takes any bytes, posted by a client or streamed by Azure. Whatever else it has to know it
chooses by these bytes, so that they are all it takes to see a failure again.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args
from zlib import crc32

from proxy_core import cursor
from proxy_core.anthropic_messages import read_count_request, read_request
from proxy_core.conversation import ReasoningDisplay, Request
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.endpoints.body import parse
from proxy_core.errors import BadRequest, UpstreamError
from proxy_core.openai.input_estimate import InputEstimate, TokenRates, measured
from proxy_core.openai.token_count import count_tokens
from proxy_core.reply.translator import ReplyTranslator
from proxy_core.translation.upstreams import write_events, write_request
from proxy_core.wire.json import to_json
from tests import chat_grammar, grammar
from tests.streams import chat_translator, read_all, translator

MODELS: list[tuple[UpstreamApi, str]] = [
    ("responses", "gpt-5.4"),
    ("responses", "gpt-4o"),
    ("chat", "gpt-5.4"),
    ("chat", "deepseek"),
]
DEPLOYMENTS = [
    Deployment(model, api, find_family(model), resource="here", web_search=searches)
    for api, model in MODELS
    for searches in (True, False)
]

# --- requests ---------------------------------------------------------------


def check_body(data: bytes) -> None:
    try:
        assert isinstance(parse(data), dict)
    except BadRequest:
        return


def check_messages(data: bytes) -> None:
    try:
        request = read_request(parse(data))
    except BadRequest:
        return
    write(request)


def check_count(data: bytes) -> None:
    try:
        request, media = measured(read_count_request)(parse(data))
    except BadRequest:
        return
    estimate = InputEstimate(TokenRates(), len(data), media, "deployment", request.conversation_id)
    for count in (count_tokens(request), estimate()):
        assert type(count) is int
        assert count > 0


def check_cursor(data: bytes) -> None:
    path_model, display = choose(data, ["", "gpt-low", "\0"], [*get_args(ReasoningDisplay)])
    try:
        asked = cursor.read_request(
            parse(data), path_model=path_model, default_effort="medium", display=display
        )
    except BadRequest:
        return
    write(asked.request)


def write(request: Request) -> list[tuple[UpstreamApi, Any]]:
    """What Azure gets, as it reads it, at each deployment whose API can express the request."""
    written: dict[str, tuple[UpstreamApi, Any]] = {}
    for deployment in DEPLOYMENTS:
        try:
            text = to_json(write_request(request, deployment))
        except BadRequest:
            continue
        if text not in written:  # most requests are the same where the web may be searched
            written[text] = (deployment.api, read_strictly(text))
    return [*written.values()]


def read_strictly(text: str) -> Any:
    """Python's own parser would also take Infinity, NaN and half a character."""
    parsed = json.loads(text, parse_constant=_refuse)
    json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    return parsed


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


# --- replies ----------------------------------------------------------------


def check_responses(data: bytes) -> None:
    check_answer("responses", data)


def check_chat(data: bytes) -> None:
    check_answer("chat", data)


def check_answer(api: UpstreamApi, data: bytes) -> None:
    """A stream, or a reply in one piece."""
    if data.startswith(b"{"):
        try:
            data = write_events(api, data)
        except UpstreamError:
            return
    check_reply(api, data)


def check_reply(api: UpstreamApi, data: bytes) -> None:
    """For both kinds of client. What is well formed may still say nonsense, if Azure does."""
    streams, thinking, display, pieces = choose(
        data, [True, False], ["shown", "hidden", "off"], ["details", "think", "off"], [1, 9, 300]
    )
    reader = translator(api, thinking=thinking, stream=streams, stop=("zz",))
    check_written(reader, cut(data, pieces), grammar.read_stream if streams else None)
    reader = chat_translator(api, display=display, stream=streams)
    check_written(reader, cut(data, pieces), chat_grammar.read_stream if streams else None)


def check_written(
    reader: ReplyTranslator, pieces: list[bytes], read: Callable[[bytes], Any] | None
) -> None:
    written, error = read_all(reader, *pieces)
    if error and not reader.has_spoken:
        return  # an HTTP status
    if read:
        read(written + reader.fail(error) if error else written)
    elif not error:
        json.loads(written, parse_constant=_refuse)


def cut(data: bytes, most: int) -> list[bytes]:
    size = len(data) // most + 1
    return [data[start : start + size] for start in range(0, len(data), size)]


def choose(data: bytes, *options: list[Any]) -> Iterator[Any]:
    """One of each, and always the same ones for the same bytes."""
    number = crc32(data)
    for choices in options:
        number, index = divmod(number, len(choices))
        yield choices[index]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "body": check_body,
    "messages": check_messages,
    "count": check_count,
    "cursor": check_cursor,
    "responses": check_responses,
    "chat": check_chat,
}
