"""Everything the simulator says and takes, against the schemas of Azure's wire formats."""

from typing import Any

import pytest

from local.azure_simulator import faults
from local.azure_simulator.chat_api.request_checks import KNOWN_KEYS as CHAT_KEYS
from local.azure_simulator.faults import HttpFault, StreamFault
from local.azure_simulator.responses_api.request_checks import KNOWN_KEYS, MOVED
from local.azure_simulator.shapes import SHAPES
from tests.contract.azure_wire import (
    check_chunk,
    check_error_body,
    check_event,
    check_request,
    check_response,
)
from tests.contract.known_answers import KNOWN_ANSWERS
from tests.contract.requests_to_azure import CHAT_REQUEST, RESPONSES_REQUEST
from tests.unit.azure_simulator.caller import (
    CHAT,
    READ_CHAT_TOOL,
    READ_TOOL,
    REPLAYABLE,
    RESPONSES,
    Caller,
    read_events,
    replay,
    user,
)

SCRIPTS = [
    "hi",
    "[[think a || b c]] [[say x y]] [[call Read]] [[call Read]]",
    "[[refuse no]]",
    "[[say x]] [[stop length]]",
    "[[say x]] [[stop content_filter]]",
    "[[keepalive]] [[silent 0.002 keepalive=0.001]] [[raw-args Read {broken]]",
    "[[long 20]]",
]
STREAMED = [
    name
    for name, fault in faults().items()
    if isinstance(fault, StreamFault)
    and fault.then in ("end", "continue")
    and not fault.crlf
    and not any(isinstance(event, str) for event in fault.responses)
]
# Azure has never sent these shapes: the proxy must bear them all the same
UNHEARD_OF = (
    "unknown_event",
    "failed_integer_code",
    "error_event_without_type",
    "error_without_meaning",
    "completed_that_failed",
    *SHAPES,
    "negative_index",
)
SHAPELY = [name for name in STREAMED if name not in UNHEARD_OF]


@pytest.mark.parametrize(
    "script",
    [*SCRIPTS, *(f"[[say x]] [[error {name}]]" for name in SHAPELY)],
)
@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-4.1"])
def test_events(azure: Caller, model: str, script: str) -> None:
    reasoning = REPLAYABLE if model == "gpt-5.4" else {}
    body = {"model": model, "input": script, "tools": [READ_TOOL], "stream": True, **reasoning}
    for sent in read_events(azure.post(RESPONSES, json=body).text):
        check_event(sent)


def test_events_of_other_tools(azure: Caller) -> None:
    tools = [{"type": "custom", "name": "Patch"}, {"type": "web_search"}]
    for sent in azure.events("[[search x]] [[say y]] [[call Patch z]]", tools=tools):
        check_event(sent)


@pytest.mark.parametrize("script", SCRIPTS)
def test_responses(azure: Caller, script: str) -> None:
    check_response(azure.respond(script, tools=[READ_TOOL], **REPLAYABLE))


@pytest.mark.parametrize("script", [*SCRIPTS, *(f"[[say x]] [[error {name}]]" for name in SHAPELY)])
@pytest.mark.parametrize("model", ["gpt-4.1", "deepseek-v4-pro", "gpt-5"])
def test_chunks(azure: Caller, model: str, script: str) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    body: dict[str, Any] = {"model": model, "messages": [user(script)], **options}
    body["tools"] = [READ_CHAT_TOOL]
    for sent in read_events(azure.post(CHAT, json=body).text):
        check_chunk(sent)


def test_error_bodies(azure: Caller) -> None:
    for fault in faults().values():
        others = fault.name.startswith("extra_forbidden")  # the form of other makers' models
        if isinstance(fault, HttpFault) and isinstance(fault.body, dict) and not others:
            check_error_body(fault.body)
    check_error_body(azure.post(RESPONSES, json={}).json())


def test_requests_as_the_proxy_sends_them_are_served(azure: Caller) -> None:
    body: dict[str, Any] = {"model": "gpt-5.4", "tools": [READ_TOOL], "stream": True, **REPLAYABLE}
    body |= {"input": [user("[[call Read]]")], "stream_options": {"include_obfuscation": False}}
    check_request("responses", body)
    whole = {key: value for key, value in body.items() if key != "stream_options"}
    output = azure.answer(RESPONSES, {**whole, "stream": False})["output"]
    again = replay([user("[[call Read]]")], output)
    azure.answer(RESPONSES, {**whole, "input": again, "stream": False})


def test_requests_hold_keys_that_the_simulator_knows_and_none_that_moved() -> None:
    assert RESPONSES_REQUEST["properties"].keys() <= KNOWN_KEYS
    assert CHAT_REQUEST["properties"].keys() <= CHAT_KEYS
    assert not KNOWN_KEYS & {*MOVED, "stop", "n", "seed", "logit_bias", "thinking", "top_k"}


def test_every_answer_that_is_known_of_azure_has_a_name() -> None:
    named = [fault for fault in faults().values() if isinstance(fault, HttpFault)]
    for answer in KNOWN_ANSWERS:
        assert any(answer.is_like(fault.status, fault.body) for fault in named), answer
