"""The app without a key: real tokens of azure-identity, from a simulated identity endpoint."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.azure_simulator import RunningSimulator, running_simulator
from local.azure_simulator.tokens import AUDIENCES
from tests.e2e.servers import App, copy_app, local_host

COGNITIVE, AI = AUDIENCES
BODY = {
    "model": "claude-x",
    "max_tokens": 99,
    "messages": [{"role": "user", "content": "[[say Hello]]"}],
}


@contextmanager
def app_for(simulator: RunningSimulator, folder: Path, **settings: str) -> Iterator[App]:
    copy_app(folder)
    environ = {
        "AZURE_OPENAI_ENDPOINT": f"{simulator.url}/openai/v1",
        "BIG_MODEL": "gpt-5.4",
        **simulator.identity_environment,
        **settings,
    }
    with local_host(folder, folder / "log", **environ) as app:
        yield app


def ask(app: App) -> httpx.Response:
    return httpx.post(f"{app.url}/v1/messages", json=BODY, timeout=30)


def audiences(simulator: RunningSimulator) -> list[str]:
    return [token.audience for token in simulator.tokens_issued]


def test_a_token_is_fetched_once_and_serves_many_requests(tmp_path: Path) -> None:
    with running_simulator() as azure, app_for(azure, tmp_path) as app:
        assert [ask(app).status_code for _ in range(3)] == [200, 200, 200]
        assert audiences(azure) == [COGNITIVE]
        assert "Entra ID tokens are used" in app.output()


def test_where_azure_names_the_audience_the_other_one_is_tried_once(tmp_path: Path) -> None:
    with running_simulator(audiences=[AI]) as azure, app_for(azure, tmp_path) as app:
        assert [ask(app).status_code for _ in range(2)] == [200, 200]
        assert audiences(azure) == [COGNITIVE, AI]
        assert [request.status for request in azure.requests] == [401, 200, 200]


def test_the_scope_can_be_chosen(tmp_path: Path) -> None:
    scope = {"AZURE_OPENAI_ENTRA_SCOPE": f"{AI}/.default"}
    with running_simulator(audiences=[AI]) as azure, app_for(azure, tmp_path, **scope) as app:
        assert ask(app).status_code == 200
        assert audiences(azure) == [AI]


def test_a_token_is_renewed_when_it_ends(tmp_path: Path) -> None:
    with running_simulator(token_lifetime=2) as azure, app_for(azure, tmp_path) as app:
        assert ask(app).status_code == 200
        time.sleep(2.2)
        assert ask(app).status_code == 200
        assert [request.status for request in azure.requests] == [200, 200]
        assert len(azure.tokens_issued) == 2


def test_without_an_identity_the_client_is_told_what_is_missing(tmp_path: Path) -> None:
    with running_simulator() as azure, app_for(azure, tmp_path) as app:
        azure.fail_next("identity_missing", times=99)
        reply = ask(app)
        assert reply.status_code == 401
        assert reply.json()["error"]["type"] == "authentication_error"
        assert "AZURE_OPENAI_API_KEY" in reply.json()["error"]["message"]
        assert reply.headers["x-should-retry"] == "false"
        assert not app.defects()
        assert azure.requests == []


@pytest.mark.parametrize("key", ["a-wrong-key"])
def test_a_key_that_is_set_is_used_alone(tmp_path: Path, key: str) -> None:
    environ = {"AZURE_OPENAI_API_KEY": key}
    with running_simulator() as azure, app_for(azure, tmp_path, **environ) as app:
        assert ask(app).status_code == 401
        assert azure.tokens_issued == []
        assert key not in app.output()
