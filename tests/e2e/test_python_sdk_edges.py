"""Anthropic's Python SDK at the edges: versions, betas, unknown fields, models, probes, overflow.

https://platform.claude.com/docs/en/api/versioning
"""

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest

from tests.e2e.servers import TOKEN, App, Azure
from tests.e2e.test_python_sdk import Answer, ask, both_ways, connect, create, text_of

ALIASES = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[anthropic.Anthropic]:
    with connect(app) as client:
        yield client


# --- versions, betas, unknown fields ----------------------------------------


@both_ways
@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21", "2031-01-01", "soon"])
def test_every_version_is_answered(
    client: anthropic.Anthropic, answer: Answer, version: str, azure: Azure
) -> None:
    headers = {"anthropic-version": version, "anthropic-beta": "made-up-2030-01-01,effort-2025"}
    reply = answer(client, ask("[[say Yes.]]", extra_headers=headers))

    assert text_of(reply) == "Yes."
    assert len(azure.requests()) == 1


def test_unknown_fields_are_left_out(client: anthropic.Anthropic, azure: Azure) -> None:
    unknown = {"tags": ["x"], "resumption": {}, "never_heard_of": [{"deeply": {"nested": None}}]}
    assert text_of(create(client, ask("[[say Yes.]]", extra_body=unknown))) == "Yes."
    (body,) = azure.bodies()
    assert unknown.keys() & body.keys() == set()


@pytest.mark.parametrize("header", [{"x-api-key": TOKEN}, {"authorization": f"Bearer {TOKEN}"}])
def test_the_token_is_taken_from_either_header(app: App, header: dict[str, str]) -> None:
    assert httpx.get(f"{app.url}/v1/models", headers=header).status_code == 200


# --- small endpoints --------------------------------------------------------


def test_the_models(client: anthropic.Anthropic, azure: Azure) -> None:
    page = client.models.list(limit=1000)
    assert [model.id for model in page] == ALIASES
    assert (page.first_id, page.last_id, page.has_more) == (ALIASES[0], ALIASES[-1], False)
    opus = client.models.retrieve("claude-opus-5-5")
    assert (opus.type, opus.display_name) == ("model", "gpt-5.4 on Azure OpenAI")
    assert opus == page.data[0]
    assert [model.id for model in client.beta.models.list()] == ALIASES
    assert client.models.retrieve("gpt-5.4-nano").id == "gpt-5.4-nano"
    assert azure.requests() == []


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/api/hello", "/v1/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_probe_never_fails_the_host(app: App, method: str, path: str) -> None:
    reply = httpx.request(method, f"{app.url}{path}")
    assert reply.status_code < 500
    if path.startswith("/v1"):
        assert reply.headers["request-id"]


def test_every_answer_has_an_id(app: App, client: anthropic.Anthropic) -> None:
    reply = client.messages.with_raw_response.create(**ask("[[say Yes.]]"))
    streamed = client.messages.with_raw_response.create(**ask("[[say Yes.]]", stream=True))
    counted = client.messages.with_raw_response.count_tokens(
        model="claude-opus-5-5", messages=[{"role": "user", "content": "Hi."}]
    )
    listed = client.models.with_raw_response.list()
    ids = [answer.headers["request-id"] for answer in (reply, streamed, counted, listed)]
    assert len({*ids}) == 4
    assert reply.parse()._request_id == ids[0]


# --- limits -----------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("fault", ["context_length_exceeded", "overflow_in_stream"])
@pytest.mark.parametrize(("kind", "most"), [("app", 922_000), ("chat_app", 272_000)])
def test_an_overflow_is_said_in_the_clients_words(
    answer: Answer, fault: str, kind: str, most: int, request: pytest.FixtureRequest
) -> None:
    words = rf"prompt is too long: \d+ tokens > {most} maximum"
    with (
        connect(request.getfixturevalue(kind)) as client,
        pytest.raises(anthropic.BadRequestError, match=words) as caught,
    ):
        answer(client, ask(f"[[error {fault}]]"))
    assert caught.value.type == "invalid_request_error"


@both_ways
@pytest.mark.parametrize(("limit", "text"), [(1, "<"), (64, "<block>no</block>")])
def test_a_small_limit_leaves_room_for_text(
    answer: Answer, limit: int, text: str, chat_app: App, azure: Azure
) -> None:
    """The model behind it reasons at whatever effort, and Azure counts that in."""
    off: Any = {"type": "disabled"}
    with connect(chat_app) as client:
        reply = answer(client, ask("[[say <block>no</block>]]", max_tokens=limit, thinking=off))

    assert text_of(reply) == text
    (body,) = azure.bodies()
    assert body["max_completion_tokens"] > limit
