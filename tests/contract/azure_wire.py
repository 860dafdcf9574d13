"""What Azure accepts, as its official SDK and as schemas adjusted to recorded traffic know it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

from proxy_core.deployments.models import UpstreamApi
from tests.streams import CONTRACTS

SCHEMAS = CONTRACTS / "azure-wire"
SCHEMA_NAMES: dict[UpstreamApi, str] = {
    "responses": "create_response_request",
    "chat": "create_chat_completion_request",
}
SDK_TYPES: dict[UpstreamApi, Any] = {
    "responses": ResponseCreateParamsStreaming,
    "chat": CompletionCreateParamsStreaming,
}

needs_schemas = pytest.mark.skipif(
    not SCHEMAS.exists(), reason="the schemas are not beside the project"
)


@cache
def _schema(api: UpstreamApi) -> Draft202012Validator:
    path = SCHEMAS / f"{SCHEMA_NAMES[api]}.schema.json"
    return Draft202012Validator(json.loads(path.read_text()))


@cache
def _sdk_type(api: UpstreamApi) -> TypeAdapter[Any]:
    return TypeAdapter(SDK_TYPES[api])


def check_schema(api: UpstreamApi, body: dict[str, Any]) -> None:
    error = best_match(_schema(api).iter_errors(body))
    assert error is None, f"{error.json_path}: {error.message}"


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
