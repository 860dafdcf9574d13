"""A deployed app whose settings cannot be used: it starts under both hosts, and says why."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.servers import TOKEN
from tests.host.either_host import HOSTS, app_under

KEY = {"authorization": f"Bearer {TOKEN}"}
QUESTION = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 9,
    "stream": True,
    "messages": [{"role": "user", "content": "hi"}],
}
PROBLEM = "AZURE_OPENAI_API_KEY is a reference that Azure could not resolve"


@pytest.fixture(scope="module", params=HOSTS)
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    settings = {
        "WEBSITE_SITE_NAME": "deployed",
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
        "AZURE_OPENAI_API_KEY": "@Microsoft.KeyVault(VaultName=vault;SecretName=key)",
    }
    with (
        app_under(request.param, tmp_path_factory.mktemp("app"), **settings) as app,
        httpx.Client(base_url=app.url) as client,
    ):
        yield client


def test_a_stream_is_refused_in_one_piece(client: httpx.Client) -> None:
    claude = client.post("/v1/messages", headers=KEY, json=QUESTION)
    assert (claude.status_code, claude.headers["x-should-retry"]) == (503, "false")
    assert claude.headers["content-type"] == "application/json"
    assert PROBLEM in claude.json()["error"]["message"]
    cursor = client.post("/cursor/chat/completions", headers=KEY, json=QUESTION)
    assert cursor.status_code == 400
    assert PROBLEM in cursor.json()["error"]["message"]


def test_a_large_request_reads_it_too(client: httpx.Client) -> None:
    """Nobody reads its body, and its client must still get the reply."""
    large = QUESTION | {"system": "x" * 4_000_000}
    assert PROBLEM in client.post("/v1/messages", headers=KEY, json=large).text


def test_strangers_learn_nothing_of_it(client: httpx.Client) -> None:
    for path in ("/v1/messages", "/cursor/chat/completions", "/setup/checks"):
        refused = client.post(path, json=QUESTION)
        assert (refused.status_code, PROBLEM in refused.text) == (401, False)


def test_the_page_tells_and_the_app_is_up(client: httpx.Client) -> None:
    assert client.get("/").status_code == client.get("/cursor/health").status_code == 200
    [problem] = client.get("/setup/status", headers=KEY).json()["problems"]
    assert problem.startswith(PROBLEM)
