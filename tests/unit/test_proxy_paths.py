"""Paths and methods through the whole proxy: nothing is an endpoint by accident."""

import asyncio
import json

import pytest

from proxy_core.endpoints.paths import LONGEST_PATH
from proxy_core.reply.client import Reply
from tests.arriving import arriving, unwanted
from tests.unit.test_proxy import HEADERS, error_of
from tests.unit.test_proxy_bodies import make_proxy


def other(method: str, path: str, headers: dict[str, str] = HEADERS) -> Reply:
    return asyncio.run(make_proxy().other(headers, method, path, arriving(b"")))


TRICKS = [
    "files",
    "messages/batches",
    "Messages",
    "messages/../messages",
    "../cursor/models",
    "..",
    "messages%2fcount_tokens",
    "messages\\count_tokens",
    "messages\0",
    "models/a/b",
    "x" * 60_000,
    "\ud800",
]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", TRICKS, ids=ascii)
def test_an_unknown_path_is_a_404_in_the_clients_words(method: str, path: str) -> None:
    status, type, message = error_of(other(method, path))
    assert (status, type) == (404, "not_found_error")
    assert message.startswith(f"{method} /v1/{path[: LONGEST_PATH - 4]}")
    assert len(message) < LONGEST_PATH + 100


@pytest.mark.parametrize("path", [*TRICKS, "messages", "models", "models/gpt-5.4"], ids=ascii)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_none_is_said_to_exist_without_the_token(method: str, path: str) -> None:
    assert error_of(other(method, path, {}))[:2] == (401, "authentication_error")
    cursor = asyncio.run(make_proxy().cursor({}, method, path, unwanted()))
    assert cursor.status == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "messages", "POST"),
        ("HEAD", "messages", "POST"),
        ("PUT", "messages", "POST"),
        ("DELETE", "messages/count_tokens", "POST"),
        ("POST", "models", "GET"),
        ("DELETE", "models/gpt-5.4", "GET"),
        ("OPTIONS", "messages", "POST"),
        ("OPTIONS", "models", "GET"),
    ],
)
def test_another_method_is_a_405_that_names_the_right_one(
    method: str, path: str, allowed: str
) -> None:
    reply = other(method, path)
    assert error_of(reply) == (
        405,
        "invalid_request_error",
        f"/v1/{path} takes {allowed}, not {method}.",
    )
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["models/a%2Fb", "models/a%2fb/"])
def test_a_slash_in_a_models_name_divides_nothing(path: str) -> None:
    reply = other("GET", path)
    assert reply.status == 200
    assert isinstance(reply.body, bytes)
    assert json.loads(reply.body)["id"] == "a/b"


@pytest.mark.parametrize("path", ["files", "../v1/messages", "chat/completions/x", "\0" * 60_000])
def test_an_unknown_path_of_cursors_is_a_404_in_its_words(path: str) -> None:
    reply = asyncio.run(make_proxy().cursor(HEADERS, "POST", path, unwanted()))
    assert isinstance(reply.body, bytes)
    assert reply.status == 404
    message = json.loads(reply.body)["error"]["message"]
    assert "is not an endpoint" in message
    assert len(message) < LONGEST_PATH + 100


@pytest.mark.parametrize("before", ["", "/", "v1/", "v1/v1/", "/v1//"])
@pytest.mark.parametrize("after", ["", "/"])
def test_a_base_url_with_v1_in_it_is_understood(before: str, after: str) -> None:
    def asked(method: str, path: str) -> tuple[int, str, str]:
        return error_of(other(method, f"{before}{path}{after}"))

    for path in ("messages", "messages/count_tokens"):
        assert asked("POST", path)[:2] == (400, "invalid_request_error")  # there is no body
    assert other("GET", f"{before}models{after}").status == 200
    assert other("GET", f"{before}models/gpt-5.4{after}").status == 200
    assert asked("GET", "messages")[0] == 405
    assert asked("POST", "v2/messages")[0] == 404


def test_a_models_name_in_a_path_is_as_long_as_it_may_be_elsewhere() -> None:
    status, _, message = error_of(other("GET", f"models/claude-{'x' * 60_000}"))
    assert (status, message) == (400, "model: String should have at most 256 characters")
