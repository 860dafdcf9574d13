"""docs/observability.md against the lines that the whole app writes: neither may say more."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import worker_tuning
from proxy_core.azure.calls import Azure
from proxy_core.configuration.log_choices import LogLevel
from proxy_core.configuration.switches import ON
from proxy_core.endpoints.access import name_caller
from proxy_core.proxy import Proxy
from proxy_core.reply import body_log, log_lines
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings
from proxy_core.wire.sse import encode_event
from tests import virtual_time
from tests.arriving import JSON, arriving

PAGE = Path(__file__).parents[2] / "docs" / "observability.md"
TOKENS = ("the-first-token", "the-second-token")
SETTINGS = Settings.from_environ(
    {
        "AZURE_OPENAI_ENDPOINT": "https://one.openai.azure.com",
        "AZURE_OPENAI_API_KEY": "the-azure-key",
        "AZURE_OPENAI_FALLBACK_ENDPOINT": "https://two.openai.azure.com",
        "AZURE_OPENAI_FALLBACK_API_KEY": "the-other-key",
        "ANTHROPIC_AUTH_TOKEN": ",".join(TOKENS),
        "BIG_MODEL": "gpt-5.4",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
        "LOG_BODIES": ON[0],
    }
)
CLAUDE = {"authorization": f"Bearer {TOKENS[0]}", "user-agent": "claude-cli/2.1", **JSON}
CURSOR = {"authorization": f"Bearer {TOKENS[1]}", **JSON}
ASKED = {
    "model": "claude-opus-4-5",
    "max_tokens": 2_000,
    "stream": True,
    "thinking": {"type": "enabled", "budget_tokens": 1_024},
    "messages": [{"role": "user", "content": "hi"}],
}
CHAT = {
    "model": "gpt-high",
    "messages": ASKED["messages"],
    "tools": [{"type": "mcp", "server_label": "x"}],
}
DELTA = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"}
USAGE = {
    "input_tokens": 20,
    "output_tokens": 9,
    "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 5},
}
EVENTS = (DELTA, {"type": "response.completed", "response": {"usage": USAGE}})
IDS = {"apim-request-id": "a-1", "x-request-id": "x-1", "x-ms-region": "Sweden Central"}
FULL = {"error": {"code": "insufficient_quota", "message": "No quota."}}

Answer = Callable[[], httpx.Response]
Line = dict[str, Any]


def spoken() -> httpx.Response:
    content = b"".join(encode_event(event, str(event["type"])) for event in EVENTS)
    return httpx.Response(200, content=content, headers=IDS)


def full() -> httpx.Response:
    return httpx.Response(429, json=FULL, headers={**IDS, "retry-after": "60"})


def silent() -> httpx.Response:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncGenerator[bytes]:
            await asyncio.Event().wait()
            yield b""

    return httpx.Response(200, stream=Endless(), headers={"content-type": "text/event-stream"})


def odd() -> httpx.Response:
    raise RuntimeError("a defect")


Ask = Callable[[Proxy], Coroutine[Any, Any, Reply]]


def claude(body: Any = ASKED, headers: dict[str, str] = CLAUDE) -> Ask:
    return lambda proxy: proxy.messages(headers, arriving(json.dumps(body).encode()))


def cursor(method: str, path: str, body: Any = None) -> Ask:
    sent = json.dumps(body).encode()
    return lambda proxy: proxy.cursor(CURSOR, method, path, arriving(sent))


def other(method: str, path: str, headers: dict[str, str] = CLAUDE) -> Ask:
    return lambda proxy: proxy.other(headers, method, path, arriving(b""))


def setup(method: str, path: str, body: Any = None) -> Ask:
    sent = json.dumps(body).encode()
    return lambda proxy: proxy.setup(CLAUDE, method, path, arriving(sent))


REQUESTS: dict[str, tuple[Ask, tuple[Answer, ...]]] = {
    "a stream": (claude(), (spoken,)),
    "in one piece": (claude({**ASKED, "stream": False}), (spoken,)),
    "from the fallback": (claude(), (full, spoken)),
    "out of quota": (claude(), (full, full)),
    "Cursor's": (cursor("POST", "chat/completions", CHAT), (spoken,)),
    "a count": (lambda proxy: proxy.count_tokens(CLAUDE, arriving(json.dumps(ASKED).encode())), ()),
    "a wrong token": (claude(headers={"x-api-key": "wrong", **JSON}), ()),
    "a mistake": (claude({"model": "claude-opus-4-5"}), ()),
    "a defect": (claude(), (odd,)),
    "a client that leaves": (claude(), (silent,)),
    "the checks": (setup("POST", "checks", {"depth": "first"}), (full,) * 9),
}
PROBES: dict[str, Ask] = {
    "a probe": other("GET", "", {}),
    "models": other("GET", "models"),
    "a model": other("GET", "models/gpt-5.4"),
    "Cursor's models": cursor("GET", "models"),
    "a preflight": cursor("OPTIONS", "chat/completions"),
    "the page": setup("GET", ""),
    "its script": setup("GET", "page.js"),
    "its status": setup("GET", "status"),
    "whether more may be seen": setup("GET", "access"),
}


async def send(ask: Ask, answers: tuple[Answer, ...]) -> None:
    """As a host does, and a client that has no patience."""
    left = list(answers)
    proxy = Proxy(SETTINGS, Azure(SETTINGS, httpx.MockTransport(lambda _: left.pop(0)())))
    reply = await ask(proxy)
    if isinstance(reply.body, bytes):
        return
    try:
        async with asyncio.timeout(30):
            async for _ in reply.body:
                pass
    except TimeoutError:
        await reply.body.aclose()
    reply.close()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., list[Line]]]:
    """The lines of a request."""

    def tell(ask: Ask, answers: tuple[Answer, ...] = (), level: LogLevel = "info") -> list[Line]:
        capsys.readouterr()
        log_lines.choose("json", level, SETTINGS.secrets)
        body_log.choose(True, SETTINGS.secrets)
        virtual_time.run(send(ask, answers))
        body_log.close()  # until then they may wait
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield tell
    log_lines.choose()
    body_log.choose()


def of_requests(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "route" in line]


def of_the_start(capsys: pytest.CaptureFixture[str]) -> list[Line]:
    def fails() -> None:
        raise AttributeError("gone")

    capsys.readouterr()
    log_lines.choose("json")
    log_lines.write_problem("No endpoint.")
    for warning in SETTINGS.warnings:
        log_lines.write_warning(warning)
    worker_tuning._apply("a repair", fails)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


HEADINGS = {  # what only lines of this kind have -> where their fields stand
    "route": "A request",
    "defect": "A defect",
    "message": "A warning or a problem",
    "repair": "A repair that was skipped",
    "body": "Bodies",
}


def documented(heading: str) -> dict[str, str]:
    """Field -> when it is there."""
    section = re.split(rf"^## {heading}$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ", section.split("\n## ")[0], re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_every_field_is_documented_and_every_documented_field_is_written(
    told: Callable[..., list[Line]], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = of_the_start(capsys)
    for ask, answers in REQUESTS.values():
        lines += told(ask, answers)
    by_kind: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        (kind,) = HEADINGS.keys() & line.keys()
        by_kind[kind].append(line)
    for kind, heading in HEADINGS.items():
        fields = documented(heading)
        assert {name for line in by_kind[kind] for name in line} == {*fields}, heading
        always = {name for name, when in fields.items() if when == "always"}
        in_all = set.intersection(*({*line} for line in by_kind[kind]))
        assert in_all == always, heading


def test_what_went_well_and_did_nothing_leaves_a_line_only_where_it_is_asked_for(
    told: Callable[..., list[Line]],
) -> None:
    for name, ask in PROBES.items():
        assert told(ask) == [], name
        assert {line["level"] for line in told(ask, level="debug")} <= {"debug"}, name


def test_a_line_says_when_who_how_hard_and_where(told: Callable[..., list[Line]]) -> None:
    (line,) = of_requests(told(*REQUESTS["from the fallback"]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert (line["client"], line["caller"]) == ("Claude Code", name_caller(TOKENS[0]))
    assert (line["attempts"], line["failovers"], line["resource"]) == (2, 1, 1)
    assert line["effort"] in {"low", "medium", "high"}
    assert isinstance(line["first_word_ms"], int)
    (line,) = of_requests(told(*REQUESTS["Cursor's"]))
    assert (line["caller"], line["effort"]) == (name_caller(TOKENS[1]), "high")
    assert line["left_out"] == ["mcp"]


@pytest.mark.parametrize("kind", ["a wrong token", "a client that leaves"])
def test_nothing_is_said_that_did_not_happen(kind: str, told: Callable[..., list[Line]]) -> None:
    (line,) = of_requests(told(*REQUESTS[kind]))
    assert line["first_word_ms"] is None
    assert bool(line["caller"]) is (kind != "a wrong token")
    assert line["effort"] == ("" if kind == "a wrong token" else "low")


def test_levels_are_as_documented(told: Callable[..., list[Line]]) -> None:
    levels = {kind: of_requests(told(*way))[0]["level"] for kind, way in REQUESTS.items()}
    failed = {"out of quota": "warning", "a wrong token": "warning", "a mistake": "warning"}
    assert levels == dict.fromkeys(REQUESTS, "info") | failed | {"a defect": "error"}


def test_no_secret_is_in_any_line(told: Callable[..., list[Line]]) -> None:
    for secret in SETTINGS.secrets:
        asked = {**ASKED, "model": secret, "metadata": {"user_id": secret}, secret: secret}
        for body in (asked, {**ASKED, "system": f"The key is {secret}."}):
            lines = told(claude(body), (spoken,))
            assert len(lines) > 2
            assert secret not in json.dumps(lines)
