"""`dev.py doctor --url` against the real app under both hosts."""

import json
from collections.abc import Iterator

import pytest

from local.doctor import main
from tests.e2e.servers import TOKEN
from tests.host.either_host import HOSTS, app_under, simulated
from tests.host.processes import Server


@pytest.fixture(scope="module", params=HOSTS)
def url(
    request: pytest.FixtureRequest,
    simulator: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    settings = {
        **simulated(simulator),
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
    }
    with app_under(request.param, tmp_path_factory.mktemp("app"), **settings) as app:
        yield app.url


def examine(url: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    code = main(["--url", url, "--json"])
    said = capsys.readouterr().out
    assert TOKEN not in said
    return code, {found["id"]: found["state"] for found in json.loads(said)["findings"]}


def test_the_real_app_is_found_well(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", f"{TOKEN}, another")
    code, states = examine(f"{url}/cursor", capsys)
    assert code == 0
    assert states.pop("tls") == "skipped"
    assert {*states.values()} == {"ok"}
    assert {"claude_stream", "cursor_stream", "claude_headers", "cursor_headers"} <= {*states}


def test_a_token_that_is_not_the_apps(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of-somebody-else")
    code, states = examine(url, capsys)
    assert (code, states["settings"], states["claude_models"]) == (1, "failed", "skipped")
