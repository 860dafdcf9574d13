"""A request's bytes -> its JSON object."""

import json
from typing import Any

from proxy_core.errors import BadRequest

LARGEST = 32 * 1024 * 1024  # bytes, as on Anthropic's own API


def parse(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise BadRequest("The request body is larger than 32 MB.", status=413)
    try:
        parsed = json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise BadRequest("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise BadRequest("The request body must be a JSON object.")
    return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")  # Python would read NaN, and Azure would not
