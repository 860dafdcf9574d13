"""The app with and without OpenTelemetry, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from proxy_core.telemetry import NOT_INSTALLED, SETTING, start_telemetry
from proxy_core.telemetry.sending import APPLICATION_INSIGHTS, NOWHERE, OTLP
from tests.unit.telemetry.telling import ENVIRON

ROOT = Path(__file__).parents[3]
AZURE = "azure.monitor.opentelemetry.exporter"
COLLECTOR = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
ZERO = "00000000-0000-0000-0000-000000000000"
EVERYWHERE = {
    APPLICATION_INSIGHTS: f"InstrumentationKey={ZERO};IngestionEndpoint=http://localhost:9",
    OTLP[1]: "http://localhost:9",
}
APP = """
import json, sys
for name in sys.argv[1:]:
    sys.modules[name] = None
import proxy_app
ours = ("opentelemetry.sdk", "opentelemetry.exporter", "azure.monitor", "proxy_core.telemetry.")
loaded = [name for name in sys.modules if name.startswith(ours)]
print(json.dumps([loaded, [*proxy_app.proxy.warnings]]))
"""


def load(
    switch: str, *absent: str, environ: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], list[str]]:
    """What of OpenTelemetry is imported, and what the app warns of."""
    inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-c", APP, *absent],
        cwd=ROOT,
        env=inherited | ENVIRON | {SETTING: switch} | dict(environ),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, warnings = json.loads(ended.stdout.splitlines()[-1])
    return loaded, warnings


def test_what_is_off_is_not_imported() -> None:
    assert load("false") == ([], [])


@pytest.mark.parametrize(
    "absent",
    ["opentelemetry.sdk.trace", AZURE, COLLECTOR],
)
def test_without_its_packages_the_app_says_so_and_serves(absent: str) -> None:
    _, warnings = load("true", absent, environ=EVERYWHERE)
    assert warnings == [NOT_INSTALLED]


def test_on_it_is_imported_and_says_what_it_lacks() -> None:
    loaded, warnings = load("true")
    assert "opentelemetry.sdk.trace" in loaded
    assert warnings == [NOWHERE]
    assert not {AZURE, COLLECTOR} & {*loaded}


@pytest.mark.parametrize(
    ("setting", "needed", "spared"),
    [(APPLICATION_INSIGHTS, AZURE, COLLECTOR), (OTLP[1], COLLECTOR, AZURE)],
)
def test_only_the_exporter_that_is_needed_is_imported(
    setting: str, needed: str, spared: str
) -> None:
    loaded, warnings = load("true", environ={setting: EVERYWHERE[setting]})
    assert needed in loaded
    assert spared not in loaded
    assert warnings == []


def test_the_same_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environ(ENVIRON | {SETTING: "on"})
    started = start_telemetry(settings, {})
    assert started.warnings == (NOWHERE,)
    started.close()
    for absent in (COLLECTOR, "proxy_core.telemetry.sending"):
        monkeypatch.setitem(sys.modules, absent, None)
        there = {OTLP[1]: EVERYWHERE[OTLP[1]]}
        assert start_telemetry(settings, there).warnings == (NOT_INSTALLED,)
    off = start_telemetry(Settings.from_environ(ENVIRON), {})
    off.write(RequestLog("req_1", "messages"))
    off.close()
    assert off.warnings == ()
