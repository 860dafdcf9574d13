"""Cursor's routes of the project's own app, under the real runtime and under local.host."""

import json
import time
from typing import Any

import httpx
import pytest

from tests import chat_grammar
from tests.e2e.servers import TOKEN
from tests.host.processes import Server, eventually
from tests.host.test_proxy import events, hung_up

TO_CURSOR = {"authorization": f"Bearer {TOKEN}"}
PANEL = "/openai/deployments/gpt-low/chat/completions?api-version=2024-12-01-preview"
CHAT = ["/chat/completions", "/v1/chat/completions", "/v1/v1/chat/completions"]
MODELS = ["/models", "/v1/models", "/v1/v1/models"]


def request(prompt: str, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    return {"model": "gpt-high", "stream": True, "messages": messages, **fields}


def post(url: str, body: dict[str, Any], headers: dict[str, str] = TO_CURSOR) -> httpx.Response:
    return httpx.post(url, json=body, headers=headers)


def error_of(reply: httpx.Response) -> tuple[int, str, str]:
    """Its status, code and message, once it is known to be one of OpenAI's."""
    (name, error), *others = reply.json().items()
    assert (name, others, error["type"]) == ("error", [], "invalid_request_error")
    return reply.status_code, error["code"], error["message"]


def test_health_asks_for_no_token(cursor_url: str) -> None:
    assert httpx.get(f"{cursor_url}/health").status_code == 200


@pytest.mark.parametrize("path", ["/cursor/health", "/cursor/models", "/v1/", "/v1/models"])
def test_head_is_get_without_the_body(cursor_url: str, path: str) -> None:
    url = cursor_url.removesuffix("/cursor") + path
    head, get = (httpx.request(method, url, headers=TO_CURSOR) for method in ("HEAD", "GET"))

    assert (head.status_code, head.content, get.status_code) == (200, b"", 200)
    for name in ("content-type", "content-length"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("id", ["a%2Fb", "a%2fb"])
def test_a_slash_in_a_models_name(cursor_url: str, id: str) -> None:
    url = cursor_url.removesuffix("/cursor") + f"/v1/models/{id}"
    reply = httpx.get(url, headers=TO_CURSOR)

    assert (reply.status_code, reply.json()["id"]) == (200, "a/b")


@pytest.mark.parametrize("path", ["/v1/a%0Ab", "/v1/%0A", "/cursor/a%0Ab"])
def test_a_line_break_in_a_path_is_just_another_path(cursor_url: str, path: str) -> None:
    url = cursor_url.removesuffix("/cursor") + path
    reply = httpx.get(url, headers=TO_CURSOR, timeout=5)

    assert reply.status_code in (400, 404)
    assert "is not an endpoint" in reply.json()["error"]["message"]


@pytest.mark.parametrize("path", MODELS)
def test_the_models(cursor_url: str, path: str) -> None:
    reply = httpx.get(cursor_url + path, headers=TO_CURSOR)

    assert reply.status_code == 200
    ids = [model["id"] for model in reply.json()["data"]]
    assert ids == ["gpt-high", "gpt-medium", "gpt-low", "gpt-minimal"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"api-key": "wrong"}])
@pytest.mark.parametrize(("method", "path"), [("GET", "/models"), ("POST", CHAT[1])])
def test_a_wrong_token(cursor_url: str, method: str, path: str, headers: dict[str, str]) -> None:
    reply = httpx.request(method, cursor_url + path, headers=headers, json={})

    assert error_of(reply)[:2] == (401, "invalid_api_key")


def test_words_arrive_one_by_one(cursor_url: str) -> None:
    arrivals = []
    body = request("[[slow 0.06]] [[say one two three four five six]]")
    url = cursor_url + CHAT[0]
    with httpx.stream("POST", url, json=body, headers=TO_CURSOR) as reply:
        for event in events(line for line in reply.iter_lines() if line != "data: [DONE]"):
            if event["choices"][0]["delta"].get("content"):
                arrivals.append(time.monotonic())

    assert len(arrivals) > 6
    assert arrivals[-1] - arrivals[0] > 0.2, arrivals


@pytest.mark.parametrize("path", CHAT)
def test_a_stream(cursor_url: str, path: str) -> None:
    body = request("[[think Hm.]] [[say hello]]", stream_options={"include_usage": True})
    reply = post(cursor_url + path, body)

    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["x-accel-buffering"] == "no"
    completion = chat_grammar.read_stream(reply.content)
    assert completion["choices"][0]["message"]["content"].endswith("</details>\n\nhello")
    assert completion["usage"]


@pytest.mark.parametrize("stream", [True, False])
def test_the_azure_panel(cursor_url: str, stream: bool) -> None:
    body = request("[[say hello]]", stream=stream, model="gpt-4o")
    reply = post(cursor_url + PANEL, body, {"api-key": TOKEN})

    assert reply.status_code == 200
    completion = chat_grammar.read_stream(reply.content) if stream else reply.json()
    assert completion["model"] == "gpt-low"


@pytest.mark.parametrize("path", ["/health", *MODELS, *CHAT, PANEL])
def test_preflight(cursor_url: str, path: str) -> None:
    asked = {"origin": "https://example.com", "access-control-request-method": "POST"}
    reply = httpx.options(cursor_url + path, headers=asked)

    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", CHAT[0]), ("POST", "/models")]
)
def test_there_is_nothing_else(cursor_url: str, method: str, path: str) -> None:
    reply = httpx.request(method, cursor_url + path, headers=TO_CURSOR)

    status, _, message = error_of(reply)
    assert status == 404
    assert f"{method} /cursor{path} is not an endpoint" in message


@pytest.mark.parametrize("content", [b"null", b"", b"[]", b"{}", b'{"messages":'])
def test_a_body_that_is_none(cursor_url: str, content: bytes) -> None:
    headers = TO_CURSOR | {"content-type": "application/json"}
    reply = httpx.post(cursor_url + CHAT[0], headers=headers, content=content)

    assert error_of(reply)[0] == 400


def test_a_body_of_another_type(cursor_url: str) -> None:
    reply = httpx.post(cursor_url + CHAT[0], headers=TO_CURSOR, data={"model": "gpt-high"})

    status, _, message = error_of(reply)
    assert status == 400
    assert "application/json" in message


def test_no_web_page_is_named_unless_a_setting_does(cursor_url: str) -> None:
    page = {"origin": "https://example.com", "access-control-request-method": "POST"}
    messages = cursor_url.removesuffix("/cursor") + "/v1/messages"
    replies = [
        httpx.get(f"{cursor_url}/models", headers=page | TO_CURSOR),
        httpx.post(messages, json={}, headers=page | TO_CURSOR),
        httpx.options(messages, headers=page),
    ]

    assert [reply.status_code for reply in replies] == [200, 400, 405]
    for reply in replies:
        assert not [name for name in reply.headers if name.startswith(("access-", "vary"))]


def test_a_body_of_two_megabytes(cursor_url: str) -> None:
    body = request("[[say hello]]", stream=False)
    body["messages"].insert(0, {"role": "system", "content": "words " * 350_000})
    assert len(json.dumps(body)) > 2_000_000

    assert post(cursor_url + CHAT[0], body).status_code == 200


def test_a_failure_of_azures_is_a_400_with_its_words(cursor_url: str) -> None:
    status, code, message = error_of(post(cursor_url + CHAT[0], request("[[error key_invalid]]")))

    assert (status, code) == (400, "401")
    assert message.startswith("Azure OpenAI answered 401")


def test_stop_hangs_up_on_azure(cursor_url: str, simulator: Server) -> None:
    body = request(f"[[slow 0.1]] [[long 200]] leaving {cursor_url}")
    url = cursor_url + CHAT[0]
    with httpx.stream("POST", url, json=body, headers=TO_CURSOR) as reply:
        next(reply.iter_raw())

    assert eventually(lambda: hung_up(simulator, f"leaving {cursor_url}"), seconds=1.5)
