"""A web proxy is never asked for what is on this machine: neither the simulator nor the worker."""

import sys
from pathlib import Path
from urllib.request import proxy_bypass_environment

import pytest

from local.loopback import keep_from_proxies
from local.processes import Processes, read_url
from local.start import activate, simulate
from local.virtual_environment import VirtualEnvironment

PROXIES = {
    f"{scheme}_{word}": "http://proxy.invalid:3128"
    for scheme, word in (("HTTP", "PROXY"), ("HTTPS", "PROXY"), ("ALL", "PROXY"), ("http", "proxy"))
}
SIMULATOR = "http://127.0.0.1:1234"
# What an app does that trusts its environment, as httpx and aiohttp do.
ASKS = """
import sys, urllib.request
proxies = urllib.request.getproxies()
for host in ("localhost:1", "127.0.0.1:1", "elsewhere.example"):
    asked = "directly" if urllib.request.proxy_bypass(host) else proxies["https"]
    print(host, asked, file=sys.stderr)
print("http://x:1", flush=True)
"""


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, "localhost,127.0.0.1,::1"),
        ({"NO_PROXY": " "}, "localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "a.example, .b.example"}, "a.example,.b.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "a.example,"}, "a.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "a.example", "NO_PROXY": "b"}, "a.example,localhost,127.0.0.1,::1"),
        ({"no_proxy": "", "NO_PROXY": "b"}, "b,localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "::1,localhost"}, "::1,localhost,127.0.0.1"),
        ({"NO_PROXY": "*"}, "*"),
    ],
)
def test_the_users_own_exceptions_stay(own: dict[str, str], said: str) -> None:
    environ = keep_from_proxies({**PROXIES, **own})
    assert environ == {**PROXIES, "NO_PROXY": said, "no_proxy": said}
    assert keep_from_proxies(environ) == environ


def test_the_simulator_is_reached_directly() -> None:
    environ = simulate({**PROXIES, "NO_PROXY": "mine.example"}, SIMULATOR)
    for spelling in ("NO_PROXY", "no_proxy"):
        for host in ("127.0.0.1:1234", "localhost:1234", "mine.example"):
            assert proxy_bypass_environment(host, {"no": environ[spelling]})
        assert not proxy_bypass_environment("elsewhere.example", {"no": environ[spelling]})


def test_a_program_that_trusts_its_environment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also without the simulator: Core Tools talk to their worker over loopback."""
    environ = activate(PROXIES, VirtualEnvironment(tmp_path))
    with Processes(tmp_path) as processes:
        program = processes.start("It", [sys.executable, "-c", ASKS], environ, stdout=-1)
        read_url(program, 20)
    assert capfd.readouterr().err.splitlines() == [
        "localhost:1 directly",
        "127.0.0.1:1 directly",
        "elsewhere.example http://proxy.invalid:3128",
    ]
