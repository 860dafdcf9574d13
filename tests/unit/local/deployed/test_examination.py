"""What is found of an app that serves well, and of each way in which it does not."""

import json
from collections.abc import Callable

import httpx
import pytest

from local.deployed import Examination
from local.deployed.examination import FULL, QUICK
from tests.unit.local.deployed.app import (
    TOKEN,
    URL,
    App,
    claude_events,
    cursor_events,
    refused,
    said,
)

ALL = [
    *("way", "closed_claude", "closed_cursor", "settings"),
    *("claude_models", "claude_count", "claude_whole", "claude_stream", "claude_headers"),
    *("cursor_models", "cursor_whole", "cursor_stream", "cursor_headers"),
]
STREAMS = {
    "claude_stream": ("POST /v1/messages", claude_events()),
    "cursor_stream": ("POST /cursor/chat/completions", cursor_events()),
}


def test_where_all_is_well() -> None:
    app = App()
    found = app.examine()
    assert [*found] == ALL
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["claude_stream"].detail.startswith("63 events, the first after 0.1 s")
    assert app.examination.spent.tokens == 2 * (12 + 80)


@pytest.mark.parametrize("quick", [False, True])
def test_it_costs_no_more_than_was_told(quick: bool) -> None:
    app = App()
    app.examine(quick)
    plan, spent = app.examination.plan(), app.examination.spent
    assert plan == (QUICK if quick else FULL)
    assert (spent.calls, len(app.asked)) == (plan.calls, plan.calls)
    messages = [request for request in app.asked if b'"messages"' in request.content]
    paid = [request for request in messages if "count_tokens" not in request.url.path]
    assert len(paid) == (1 if quick else 4)
    assert spent.tokens <= plan.tokens


def test_both_deployments_of_claudes_names_are_asked() -> None:
    app = App()
    app.examine()
    asked = [json.loads(r.content)["model"] for r in app.asked if r.url.path == "/v1/messages"]
    assert asked == ["small", "claude-big"]


def test_the_token_is_shown_to_nobody_who_is_asked_without_it() -> None:
    app = App()
    app.examine()
    without = [request.url.path for request in app.asked if "authorization" not in request.headers]
    assert without == ["/cursor/health", "/cursor/health", "/v1/models", "/cursor/models"]


# --- the way, and who may call ------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "state", "told"),
    [
        (0.5, "ok", "after 0.5 s, then after 0.0 s"),
        (6.0, "ok", "after 6.0 s, then after 0.0 s: it had to start"),
        (16.0, "warning", "It had to start, which took 16.0 s"),
    ],
)
def test_a_cold_start_is_told(seconds: float, state: str, told: str) -> None:
    app = App()
    waits = [seconds, 0.0]

    def health(_: httpx.Request) -> httpx.Response:
        app.clock.now += waits.pop(0)
        return said({"status": "ok"})

    app.replies["GET /cursor/health"] = health
    way = app.examine(quick=True)["way"]
    assert (way.state, told in way.detail) == (state, True)


def test_what_it_passes_through_is_told() -> None:
    app = App()
    app.replies["GET /cursor/health"] = lambda _: said({"status": "ok"}, **{"x-azure-ref": "a"})
    assert "through Front Door" in app.examine()["way"].detail


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, html="<h1>Welcome</h1>"),
        httpx.Response(200, json={"status": "healthy"}),
        httpx.Response(404),
        httpx.Response(503, text="Function host is not running."),
    ],
)
def test_behind_a_stranger_nothing_is_asked(reply: httpx.Response) -> None:
    app = App()
    app.replies["GET /cursor/health"] = lambda _: reply
    found = app.examine()
    assert {id: finding.state for id, finding in found.items()} == {"way": "failed"}
    assert len(app.asked) == 1


def test_a_connection_that_ends_in_the_middle_ends_one_client_alone() -> None:
    app = App()

    def vanish(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    app.replies["POST /v1/messages/count_tokens"] = vanish
    found = app.examine()
    assert "said nothing" in found["claude_count"].detail
    assert [found[id].state for id in ("claude_whole", "claude_stream")] == ["skipped"] * 2
    assert found["cursor_stream"].state == "ok"


def test_an_app_that_is_open_to_all_is_a_finding() -> None:
    app = App()
    app.replies["stranger"] = lambda r: app.replies[f"{r.method} {r.url.path}"](r)
    found = app.examine()
    for id in ("closed_claude", "closed_cursor"):
        assert found[id].state == "failed"
        assert "without a token" in found[id].detail
    assert found["claude_stream"].state == "ok"


def test_on_this_machine_an_open_app_is_none() -> None:
    app = App("http://127.0.0.1:7071", token="")
    app.replies["stranger"] = lambda r: app.replies[f"{r.method} {r.url.path}"](r)
    assert {finding.state for finding in app.examine().values()} == {"ok", "skipped"}


def test_a_closed_app_says_why() -> None:
    app = App()
    app.replies["stranger"] = lambda _: refused(403, "ANTHROPIC_AUTH_TOKEN is missing.")
    found = app.examine()
    assert [*found] == ["way", "closed_claude"]
    assert found["closed_claude"].detail == "403: ANTHROPIC_AUTH_TOKEN is missing."


def test_a_misconfigured_app_that_is_open_says_why() -> None:
    app = App()
    app.replies["stranger"] = lambda _: refused(503, "The settings cannot be used.")
    assert app.examine()["closed_claude"].detail == "503: The settings cannot be used."


def test_where_a_gateway_answers_strangers_it_is_told() -> None:
    app = App()
    app.replies["stranger"] = lambda _: said({"statusCode": 429, "message": "Rate limit"}, 429)
    assert app.examine()["closed_claude"].detail == "API Management: 429, Rate limit"


def test_beyond_this_machine_no_token_travels_unencrypted() -> None:
    app = App("http://app.example.com")
    found = app.examine()
    assert found["tls"].state == "failed"
    assert found["claude_models"].state == "skipped"
    assert not any("authorization" in request.headers for request in app.asked)


@pytest.mark.parametrize(("token", "state"), [("", "skipped"), ("another-token", "failed")])
def test_without_the_right_token_it_ends_soon(token: str, state: str) -> None:
    app = App(token=token)
    found = app.examine()
    assert found["settings"].state == state
    assert [found[id].state for id in ("claude_models", "cursor_models")] == ["skipped"] * 2
    assert "claude_stream" not in found
    assert ("--token-file" if state == "skipped" else "azd env get-value") in (
        found["settings"].detail + found["settings"].remedy
    )


# --- settings -------------------------------------------------------------------


def test_settings_that_cannot_be_used_are_told_sentence_by_sentence() -> None:
    app = App()
    status = {"problems": ["BIG_MODEL is bad.", "No endpoint."], "warnings": ["A doubt."]}
    app.replies["GET /setup/status"] = lambda _: said(status)
    found = [finding for finding in Examination(app.visitor).examine() if finding.id == "settings"]
    told = [(finding.state, finding.detail) for finding in found]
    assert told == [
        ("failed", "BIG_MODEL is bad."),
        ("failed", "No endpoint."),
        ("warning", "A doubt."),
    ]
    assert app.asked[-1].url.path == "/setup/status"  # the rest would say the same


def test_a_warning_stops_nothing() -> None:
    app = App()
    app.replies["GET /setup/status"] = lambda _: said({"problems": [], "warnings": ["A doubt."]})
    found = app.examine()
    assert (found["settings"].state, found["claude_stream"].state) == ("warning", "ok")


def test_where_the_page_is_not_let_through_clients_read_it() -> None:
    app = App()
    app.replies["GET /setup/status"] = lambda _: said({"statusCode": 404, "message": "No."}, 404)
    message = "The settings of this proxy cannot be used. BIG_MODEL is bad."
    app.replies["GET /v1/models"] = lambda _: refused(503, message)
    app.replies["GET /cursor/models"] = lambda _: refused(400, message)
    found = app.examine()
    assert found["settings"].state == "skipped"
    assert found["claude_models"].detail == f"503: {message}"
    assert found["cursor_models"].detail == f"400: {message}"
    assert f"{URL}/setup" in found["claude_models"].remedy


# --- clients ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "id"),
    [
        ("GET /v1/models", "claude_models"),
        ("POST /v1/messages/count_tokens", "claude_count"),
        ("POST /v1/messages", "claude_whole"),
        ("GET /cursor/models", "cursor_models"),
        ("POST /cursor/chat/completions", "cursor_whole"),
    ],
)
@pytest.mark.parametrize(
    ("reply", "state", "told"),
    [
        (refused(404, "There is no deployment."), "failed", "404: There is no deployment."),
        (refused(429, "The limit is reached."), "warning", "429: The limit is reached."),
        (refused(401, "Azure refused."), "failed", "401: Azure refused."),
        (said({}), "failed", "200, but no reply of this proxy's."),
        (httpx.Response(200, text="<html>"), "failed", "200, but no reply of this proxy's."),
        (httpx.Response(502, html="<h1>Bad"), "failed", "502 (text/html), and not by the app."),
        (said([1], 500), "failed", "is not this proxy: 500"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_refusal_is_told(
    route: str, id: str, reply: httpx.Response, state: str, told: str
) -> None:
    app = App()
    app.replies[route] = lambda _: reply
    found = app.examine()[id]
    assert (found.state, told in found.detail) == (state, True), found


def test_a_proxy_without_cursor_is_no_failure() -> None:
    app = App()
    app.replies["POST /cursor/chat/completions"] = lambda _: refused(
        500, "Cursor needs the setting CURSOR_AZURE_DEPLOYMENT."
    )
    found = app.examine()
    assert [found[id].state for id in ("cursor_whole", "cursor_stream")] == ["skipped"] * 2


# --- streams ------------------------------------------------------------------------


@pytest.mark.parametrize("id", STREAMS)
def test_a_gateway_that_collects_the_reply_is_told(id: str) -> None:
    app, (route, events) = App(), STREAMS[id]
    streams_with(app, route, lambda: app.stream(["".join(events)], pause=3.0))
    assert app.examine()[id].state == "warning"


@pytest.mark.parametrize("id", STREAMS)
@pytest.mark.parametrize("ends", [True, False])
def test_a_stream_that_is_cut_is_told(id: str, ends: bool) -> None:
    app, (route, events) = App(), STREAMS[id]
    streams_with(app, route, lambda: app.stream(events[:20], ends=ends))
    found = app.examine()[id]
    assert (found.state, "broke off after 20 events" in found.detail) == ("failed", True)


@pytest.mark.parametrize("id", STREAMS)
def test_an_error_in_the_stream_is_told(id: str) -> None:
    app, (route, events) = App(), STREAMS[id]
    error = 'data: {"error": {"message": "Azure went away."}}\n\n'
    streams_with(app, route, lambda: app.stream([*events[:20], error, *events[-1:]]))
    assert app.examine()[id].detail == "It ended with an error: Azure went away."


@pytest.mark.parametrize("id", STREAMS)
def test_a_stream_in_one_piece_is_told(id: str) -> None:
    app, (route, _) = App(), STREAMS[id]
    whole = {"type": "message", "content": [], "choices": [{"message": {}}]}
    streams_with(app, route, lambda: said(whole))
    found = app.examine()[id]
    assert (found.state, "one piece" in found.detail) == ("warning", True)


@pytest.mark.parametrize("id", STREAMS)
def test_an_empty_stream_is_told(id: str) -> None:
    app, (route, _) = App(), STREAMS[id]
    streams_with(app, route, lambda: app.stream([]))
    assert app.examine()[id].state == "failed"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"content_encoding": "identity"}, "compressed"),
        ({"cache_control": "public"}, "cache-control"),
        ({"request_id": ""}, "request-id"),
    ],
)
def test_headers_that_were_changed_are_told(headers: dict[str, str], told: str) -> None:
    app = App()
    streams_with(app, "POST /v1/messages", lambda: app.stream(claude_events(), **headers))
    found = app.examine()["claude_headers"]
    assert (found.state, told in found.detail.lower()) == ("warning", True)


def test_nobody_says_the_token_back() -> None:
    app = App()
    app.replies["GET /v1/models"] = lambda _: refused(400, f"What is {TOKEN}?")
    assert app.examine()["claude_models"].detail == "400: What is …?"


@pytest.mark.parametrize("junk", [b"\xff", b"data: {\n\n", b"data: 5\n\n", b"[" * 9999, b""])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_whatever_comes_the_examination_ends(junk: bytes, status: int) -> None:
    """Every route in turn answers with it."""
    for route in App().replies:
        app = App()
        app.replies[route] = lambda _: httpx.Response(status, content=junk)
        states = {finding.state for finding in app.examine().values()}
        assert ("skipped" if route == "GET /setup/status" else "failed") in states


def streams_with(app: App, route: str, make: Callable[[], httpx.Response]) -> None:
    """In place of the stream; a reply in one piece stays as it was."""
    before = app.replies[route]

    def reply(request: httpx.Request) -> httpx.Response:
        return make() if json.loads(request.content)["stream"] else before(request)

    app.replies[route] = reply
