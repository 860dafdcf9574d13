"""What Azure answers instead of a reply: status, body and headers of a refusal.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/troubleshoot-errors
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local.azure_simulator.placeholders import KEY, fill


class Refusal(Exception):
    """A request that Azure does not serve; the body goes out as it is."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message_of(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def quoting(self, key: str) -> "Refusal":
        """The same, with the request's own key where the body quotes it."""
        return Refusal(self.status, fill(self.body, {KEY: key}), self.headers)


def message_of(body: Any) -> str:
    match body:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            return message
        case _:
            return str(body)


def invalid_request(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Refusal(400, {"error": error})


def unknown_parameter(name: str) -> Refusal:
    return invalid_request(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def unrecognized_argument(name: str) -> Refusal:
    """The words of deployments that are not OpenAI's models."""
    error = {
        "message": f"Unrecognized request argument supplied: {name}",
        "code": "unrecognized_request_argument",
    }
    return Refusal(400, {"error": error})


def missing_parameter(name: str) -> Refusal:
    message = f"Missing required parameter: '{name}'."
    return invalid_request(message, name, "missing_required_parameter")


def unsupported_parameter(name: str, advice: str = "") -> Refusal:
    message = f"Unsupported parameter: '{name}' is not supported with this model.{advice}"
    return invalid_request(message, name, "unsupported_parameter")


def unsupported_value(name: str, value: str, supported: Iterable[str]) -> Refusal:
    message = (
        f"Unsupported value: '{name}' does not support '{value}' with this model. "
        f"Supported values are: {quoted(supported)}."
    )
    return invalid_request(message, name, "unsupported_value")


def invalid_value(name: str, value: object, supported: Iterable[str]) -> Refusal:
    message = f"Invalid value: '{value}'. Supported values are: {quoted(supported)}."
    return invalid_request(message, name, "invalid_value")


def invalid_type(name: str, expected: str, value: object) -> Refusal:
    message = f"Invalid type for '{name}': expected {expected}, but got {kind_of(value)} instead."
    return invalid_request(message, name, "invalid_type")


def invalid_encrypted_content(content: str, reason: str) -> Refusal:
    shown = content if len(content) < 12 else f"{content[:4]}...{content[-4:]}"
    message = f"The encrypted content {shown} could not be verified. Reason: {reason}"
    return invalid_request(message, None, "invalid_encrypted_content")


def item_not_found(id: str) -> Refusal:
    message = (
        f"Item with id '{id}' not found. Items are not persisted when `store` is set to false. "
        "Try again with `store` set to true, or remove this item from your input."
    )
    return invalid_request(message, "input")


def token_refused(audience: str) -> Refusal:
    """Not wrapped in `error`, unlike nearly all others."""
    message = (
        "Unauthorized. Access token is missing, invalid, audience is incorrect "
        f"({audience}), or have expired."
    )
    return Refusal(401, {"statusCode": 401, "message": message})


def quoted(values: Iterable[str]) -> str:
    """'a', 'b', and 'c', as OpenAI lists values."""
    *most, last = [f"'{value}'" for value in values] or ["none"]
    if not most:
        return last
    return f"{', '.join(most)}{',' if len(most) > 1 else ''} and {last}"


def kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
