"""Every parameter of both APIs is read, refused or ignored, and none of them unknowingly."""

from typing import Any

import pytest
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from proxy_core.errors import BadRequest
from proxy_core.openai.request_parameters import IGNORED, READ, REFUSED, refuse_what_is_not_done

CHAT = completion_create_params.CompletionCreateParamsStreaming
RESPONSES = response_create_params.ResponseCreateParamsStreaming


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_the_table_knows_every_parameter_of_the_sdk(api: Any) -> None:
    known = READ | IGNORED | REFUSED.keys()
    assert (api.__required_keys__ | api.__optional_keys__) - known == set()


def test_each_stands_in_one_list() -> None:
    assert not READ & IGNORED
    assert not (READ | IGNORED) & REFUSED.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("n", 0),
        ("n", "2"),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("modalities", ["text", "audio"]),
        ("modalities", ["image"]),
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("functions", [{"name": "f"}]),
        ("previous_response_id", "resp_1"),
        ("conversation", "conv_1"),
        ("conversation", {"id": "conv_1"}),
        ("prompt", {"id": "pmpt_1"}),
        ("background", True),
    ],
)
def test_what_is_not_done_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(BadRequest, match=f"^{name}: not supported, ") as caught:
        refuse_what_is_not_done({name: value})
    assert caught.value.code == "unsupported_parameter"


@pytest.mark.parametrize(
    "body",
    [
        {},
        dict.fromkeys(REFUSED),
        {"n": 1, "logprobs": False, "top_logprobs": 0, "modalities": ["text"]},
        {"functions": [], "function_call": "none", "background": False},
    ],
)
def test_a_value_that_asks_for_nothing_passes(body: dict[str, Any]) -> None:
    refuse_what_is_not_done(body)
