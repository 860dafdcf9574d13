"""Where spans go, and what becomes of a request when they cannot go there."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random

import pytest
from opentelemetry.exporter.otlp.common import http
from opentelemetry.sdk.resources import SERVICE_NAME
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from proxy_core.reply.request_log import RequestLog
from proxy_core.telemetry import sending
from proxy_core.telemetry.sending import APPLICATION_INSIGHTS, NOWHERE, OTLP, QUIET, Sending
from proxy_core.telemetry.sending import start_sending as start
from tests.exchanges import SETTINGS

ROOT = Path(__file__).parents[3]

# Its thread may draw a number for a wait when the test is long over, which Hypothesis minds.
http.random = Random(1)  # type: ignore[assignment]

KEY = "InstrumentationKey=00000000-0000-0000-0000-0000000000ff;IngestionEndpoint=http://localhost:9"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (APPLICATION_INSIGHTS, *OTLP, *QUIET, "OTEL_SERVICE_NAME", "WEBSITE_SITE_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name in QUIET:
        monkeypatch.setenv(name, "true")  # what is set while a test runs goes with it


@pytest.fixture
def silent_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """It takes connections, and never answers on one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv(OTLP[1], url)
        yield url


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((self.path, body))  # type: ignore[attr-defined]
        reply = b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}'
        self.send_response(200)
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    """It takes whatever is sent, of either kind."""
    with HTTPServer(("127.0.0.1", 0), _Taking) as server:
        server.taken = []  # type: ignore[attr-defined]
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def over(number: int = 1) -> RequestLog:
    return RequestLog(f"req_{number:032x}", "messages", deployment="gpt-5.4", outcome={})


def exporters(made: Sending) -> list[str]:
    processors = made._provider._active_span_processor._span_processors
    return [type(one.span_exporter).__name__ for one in processors]  # type: ignore[attr-defined]


AZURE, COLLECTOR = "AzureMonitorTraceExporter", "OTLPSpanExporter"


@pytest.mark.parametrize(
    ("environ", "found", "warned"),
    [
        ({}, [], NOWHERE),
        ({APPLICATION_INSIGHTS: KEY}, [AZURE], ""),
        ({OTLP[1]: "http://localhost:9"}, [COLLECTOR], ""),
        ({OTLP[0]: "http://localhost:9/v1/traces"}, [COLLECTOR], ""),
        ({OTLP[1]: "http://localhost:9", APPLICATION_INSIGHTS: KEY}, [AZURE, COLLECTOR], ""),
        (
            {APPLICATION_INSIGHTS: "InstrumentationKey=a-secret"},
            [],
            f"{APPLICATION_INSIGHTS} cannot be used, so no span goes there (ValueError).",
        ),
        (
            {APPLICATION_INSIGHTS: "a-secret", OTLP[1]: "http://localhost:9"},
            [COLLECTOR],
            f"{APPLICATION_INSIGHTS} cannot be used, so no span goes there (ValueError).",
        ),
    ],
)
def test_spans_go_where_the_standard_settings_say(
    environ: dict[str, str], found: list[str], warned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    before = threading.active_count()
    made = start(SETTINGS, environ)
    assert exporters(made) == found
    assert threading.active_count() == before + len(found)  # no other of theirs
    assert made.warnings == ((warned,) if warned else ())
    made.write(over()) if not found else None
    made.close()


@pytest.mark.parametrize(
    ("setting", "value", "path"),
    [
        (
            APPLICATION_INSIGHTS,
            "InstrumentationKey=00000000-0000-0000-0000-0000000000ff;IngestionEndpoint=%s",
            "/v2.1/track",
        ),
        (OTLP[1], "%s", "/v1/traces"),
        (OTLP[0], "%s/elsewhere", "/elsewhere"),
    ],
)
def test_a_span_arrives_and_nothing_else(
    setting: str,
    value: str,
    path: str,
    collector: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(setting, value % f"http://127.0.0.1:{collector.server_port}")
    made = start(SETTINGS, os.environ)
    with caplog.at_level(logging.WARNING):
        made.write(over())
        made.close()
    ((taken_at, body),) = collector.taken  # type: ignore[attr-defined]
    assert taken_at.partition("?")[0] == path
    assert b"chat gpt-5.4" in body
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "azure-gpt-proxy"),
        ({"WEBSITE_SITE_NAME": "my-app"}, "my-app"),
        ({"WEBSITE_SITE_NAME": "my-app", "OTEL_SERVICE_NAME": "mine"}, "mine"),
    ],
)
def test_the_service_is_named_as_the_function_app_is(
    environ: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting, value in environ.items():
        monkeypatch.setenv(setting, value)
    exporter = InMemorySpanExporter()
    made = Sending(SETTINGS, environ, [exporter])
    made.write(over())
    made.close()
    (span,) = exporter.get_finished_spans()
    assert span.resource.attributes[SERVICE_NAME] == name


def test_a_sampler_that_is_asked_for_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"OTEL_TRACES_SAMPLER": "always_off"}
    monkeypatch.setenv(*environ.copy().popitem())
    exporter = InMemorySpanExporter()
    made = Sending(SETTINGS, environ, [exporter])
    made.write(over())
    made.close()
    assert exporter.get_finished_spans() == ()


def test_a_collector_that_never_answers_delays_nobody(
    silent_collector: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten times what the queue holds. A batch would wait for 10 seconds each, the end for 30."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
    monkeypatch.setattr(sending, "LAST_WORDS", 0.05)
    made = start(SETTINGS, os.environ)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        for number in range(640):
            made.write(over(number))
        made.close()
        made.close()
    assert time.monotonic() - began < 5
    assert "Queue full" in caplog.text


FORGETFUL = """
from opentelemetry.sdk.trace.export import ConsoleSpanExporter
from proxy_core.reply.request_log import RequestLog
from proxy_core.telemetry.sending import Sending
from tests.exchanges import SETTINGS
sending = Sending(SETTINGS, {}, [ConsoleSpanExporter()])
sending.write(RequestLog("req_1", "messages", deployment="gpt-5.4"))
"""


def test_a_process_that_just_ends_sends_the_rest() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORGETFUL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert '"name": "chat gpt-5.4"' in ended.stdout
    assert ended.stderr == ""
