"""Azure's own types and schemas accept whatever we send."""

from typing import Any

import pytest
from pydantic import ValidationError

from proxy_core import cursor
from proxy_core.anthropic_messages import read_request
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.errors import BadRequest
from proxy_core.translation.upstreams import write_request
from tests.bodies import BODIES, BODIES_WITH_FILES, Body
from tests.contract.azure_wire import check_request, check_sdk
from tests.cursor_bodies import BODIES as CURSOR_BODIES

MODELS = ["gpt-5.4", "gpt-6-astra", "gpt-5.6", "gpt-5", "gpt-5-pro", "o3", "gpt-4o", "unknown"]
ON_CHAT = [*MODELS, "deepseek-v4", "mistral-large"]
DEPLOYMENTS: list[tuple[UpstreamApi, str]] = [
    *(("responses", model) for model in MODELS),
    *(("chat", model) for model in ON_CHAT),
]

every_body = pytest.mark.parametrize(
    "body", [pytest.param(body, id=name) for name, body in BODIES.items()]
)
every_file = pytest.mark.parametrize(
    "body", [pytest.param(body, id=name) for name, body in BODIES_WITH_FILES.items()]
)
every_deployment = pytest.mark.parametrize(("api", "model"), DEPLOYMENTS)


cursor_bodies = pytest.mark.parametrize(
    ("body", "api", "model"),
    [
        pytest.param(body, api, model, id=f"{model}-{api}-{name}")
        for name, body in CURSOR_BODIES.items()
        for api, model in DEPLOYMENTS
    ],
)


def write(body: Body, api: UpstreamApi, model: str = "gpt-5.4") -> dict[str, Any]:
    return write_for(read_request(body), api, model)


def write_cursor(body: Body, api: UpstreamApi, model: str = "gpt-5.4") -> dict[str, Any]:
    asked = cursor.read_request(body, path_model="", default_effort="medium", display="details")
    return write_for(asked.request, api, model)


def write_for(request: Request, api: UpstreamApi, model: str) -> dict[str, Any]:
    deployment = Deployment(
        model,
        api,
        find_family(model),
        resource="here",
        summary="detailed",
        web_search=api == "responses",
    )
    return write_request(request, deployment)


@every_body
@every_deployment
def test_the_sdk_accepts_what_we_send(body: Body, api: UpstreamApi, model: str) -> None:
    check_sdk(api, write(body, api, model))


@every_body
@every_deployment
def test_the_schema_accepts_what_we_send(body: Body, api: UpstreamApi, model: str) -> None:
    check_request(api, write(body, api, model))


@every_file
def test_the_sdk_accepts_files(body: Body) -> None:
    check_sdk("responses", write(body, "responses"))


@every_file
def test_the_schema_accepts_files(body: Body) -> None:
    check_request("responses", write(body, "responses"))


@every_file
def test_chat_has_no_place_for_files(body: Body) -> None:
    with pytest.raises(BadRequest, match="does not support PDF input"):
        write(body, "chat")


# --- Cursor's ---------------------------------------------------------------


@cursor_bodies
def test_the_sdk_accepts_what_we_send_for_cursor(body: Body, api: UpstreamApi, model: str) -> None:
    check_sdk(api, write_cursor(body, api, model))


@cursor_bodies
def test_the_schema_accepts_what_we_send_for_cursor(
    body: Body, api: UpstreamApi, model: str
) -> None:
    check_request(api, write_cursor(body, api, model))


@pytest.mark.parametrize("name", CURSOR_BODIES)
def test_what_must_not_go_up_does_not(name: str) -> None:
    written = write_cursor(CURSOR_BODIES[name], "responses")
    assert not written.keys() & LEFT_BEHIND
    assert written["stream_options"] == {"include_obfuscation": False}
    assert len(written["prompt_cache_key"]) <= 64
    assert "9f86d081884c7d65" not in str(written)  # the user


LEFT_BEHIND = {
    *("user", "metadata", "n", "stop", "seed", "logit_bias", "presence_penalty", "truncation"),
    *("temperature", "top_p", "prompt_cache_retention", "previous_response_id", "messages"),
}


# --- the oracles see what they are here for ---------------------------------

MISTAKES: list[tuple[UpstreamApi, dict[str, Any]]] = [
    ("responses", {"max_tokens": 9}),
    ("responses", {"tools": [{"type": "function", "nmae": "read"}]}),
    ("responses", {"input": [{"type": "message", "role": "user", "content": [{"type": "x"}]}]}),
    ("chat", {"max_output_tokens": 9}),
    ("chat", {"messages": [{"role": "robot", "content": "x"}]}),
    ("chat", {"messages": [{"role": "user", "contnet": "x"}]}),
]


@pytest.mark.parametrize(("api", "mistake"), MISTAKES)
def test_the_sdk_refuses_mistakes(api: UpstreamApi, mistake: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, AssertionError)):
        check_sdk(api, write(BODIES["least"], api) | mistake)


@pytest.mark.parametrize(("api", "mistake"), [*MISTAKES, ("responses", {"max_output_tokens": 15})])
def test_the_schema_refuses_mistakes(api: UpstreamApi, mistake: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_request(api, write(BODIES["least"], api) | mistake)
