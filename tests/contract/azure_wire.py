"""What Azure accepts and answers, as its official SDK and the schemas of this folder know it.

Each validator is compiled once; an event is held against the schema of its own type only.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

from proxy_core.deployments.models import UpstreamApi
from tests.contract.replies_of_azure import CHUNK, ERROR_BODY, EVENTS, RESPONSE
from tests.contract.requests_to_azure import CHAT_REQUEST, RESPONSES_REQUEST
from tests.contract.shapes import check

REQUESTS: dict[UpstreamApi, Draft202012Validator] = {
    "responses": Draft202012Validator(RESPONSES_REQUEST),
    "chat": Draft202012Validator(CHAT_REQUEST),
}
SDK_TYPES: dict[UpstreamApi, Any] = {
    "responses": ResponseCreateParamsStreaming,
    "chat": CompletionCreateParamsStreaming,
}
_EVENTS = {type: Draft202012Validator(shape) for type, shape in EVENTS.items()}
_RESPONSE, _CHUNK, _ERROR_BODY = map(Draft202012Validator, (RESPONSE, CHUNK, ERROR_BODY))


@cache
def _sdk_type(api: UpstreamApi) -> TypeAdapter[Any]:
    return TypeAdapter(SDK_TYPES[api])


def check_request(api: UpstreamApi, body: Any) -> None:
    check(REQUESTS[api], body)


def check_event(event: Any) -> None:
    type = event.get("type")
    assert type in _EVENTS, f"{type!r} is no event of Azure's"
    check(_EVENTS[type], event)


def check_chunk(chunk: Any) -> None:
    check(_CHUNK, chunk)


def check_piece(api: UpstreamApi, piece: Any) -> None:
    """One object of a stream."""
    (check_event if api == "responses" else check_chunk)(piece)


def check_response(response: Any) -> None:
    check(_RESPONSE, response)


def check_error_body(body: Any) -> None:
    check(_ERROR_BODY, body)


def check_sdk(api: UpstreamApi, body: dict[str, Any]) -> None:
    """The SDK's types drop keys that they do not know, so what they let through must be all."""
    assert _forced(_sdk_type(api).validate_python(body)) == body


def _forced(value: Any) -> Any:
    """Iterables are validated as they are read, and not before."""
    match value:
        case dict():
            return {key: _forced(member) for key, member in value.items()}
        case list() | Iterator():
            return [_forced(member) for member in value]
        case _:
            return value
