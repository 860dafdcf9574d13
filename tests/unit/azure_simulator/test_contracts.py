"""Everything the simulator says, against the contracts kept beside the project."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from local.azure_simulator import faults
from local.azure_simulator.chat_api.request_checks import KNOWN_KEYS as CHAT_KEYS
from local.azure_simulator.faults import HttpFault, StreamFault
from local.azure_simulator.models import read_rules
from local.azure_simulator.responses_api.request_checks import KNOWN_KEYS, MOVED
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

CONTRACTS = Path(__file__).parents[4] / "shared" / "contracts"
pytestmark = pytest.mark.skipif(
    not CONTRACTS.is_dir(), reason="the contracts are kept beside the project, not in it"
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
UNHEARD_OF = ("unknown_event", "failed_integer_code", "error_event_without_type")


def load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CONTRACTS / name).read_text(encoding="utf-8"))
    return content


class EventValidator:
    """Looks at one event's own branch only: the whole schema is a long chain of conditions."""

    def __init__(self) -> None:
        self._schema = load("azure-wire/responses_stream_event.schema.json")
        self._branches = {
            branch["if"]["properties"]["type"]["const"]: branch["then"]
            for branch in self._schema["allOf"]
        }
        self._validators: dict[str, Draft202012Validator] = {}

    def validate(self, event: dict[str, Any]) -> None:
        type = event["type"]
        if type not in self._validators:
            schema = {"$defs": self._schema["$defs"], **self._branches[type]}
            self._validators[type] = Draft202012Validator(schema)
        check(self._validators[type], event)


def check(validator: Draft202012Validator, value: Any) -> None:
    error = best_match(validator.iter_errors(value))
    assert error is None, f"{error.message} at {error.json_path} of {str(value)[:300]}"


@pytest.fixture(scope="module")
def event() -> EventValidator:
    return EventValidator()


@pytest.fixture(scope="module")
def response() -> Draft202012Validator:
    return Draft202012Validator(load("azure-wire/response.schema.json"))


@pytest.fixture(scope="module")
def chunk() -> Draft202012Validator:
    return Draft202012Validator(load("azure-wire/chat_completion_chunk.schema.json"))


@pytest.mark.parametrize(
    "script",
    [*SCRIPTS, *(f"[[say x]] [[error {name}]]" for name in STREAMED if name not in UNHEARD_OF)],
)
@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-4.1"])
def test_events(azure: Caller, event: EventValidator, model: str, script: str) -> None:
    reasoning = REPLAYABLE if model == "gpt-5.4" else {}
    body = {"model": model, "input": script, "tools": [READ_TOOL], "stream": True, **reasoning}
    for sent in read_events(azure.post(RESPONSES, json=body).text):
        event.validate(sent)


def test_events_of_other_tools(azure: Caller, event: EventValidator) -> None:
    tools = [{"type": "custom", "name": "Patch"}, {"type": "web_search"}]
    for sent in azure.events("[[search x]] [[say y]] [[call Patch z]]", tools=tools):
        event.validate(sent)


def test_events_without_conditions(azure: Caller) -> None:
    """The dispatch above must not hide what the whole schema asks for."""
    whole = Draft202012Validator(load("azure-wire/responses_stream_event.schema.json"))
    for sent in azure.events("hi", **REPLAYABLE):
        check(whole, sent)


@pytest.mark.parametrize("script", SCRIPTS)
def test_responses(azure: Caller, response: Draft202012Validator, script: str) -> None:
    check(response, azure.respond(script, tools=[READ_TOOL], **REPLAYABLE))


@pytest.mark.parametrize("script", [*SCRIPTS, *(f"[[say x]] [[error {n}]]" for n in STREAMED)])
@pytest.mark.parametrize("model", ["gpt-4.1", "deepseek-v4-pro", "gpt-5"])
def test_chunks(azure: Caller, chunk: Draft202012Validator, model: str, script: str) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    body: dict[str, Any] = {"model": model, "messages": [user(script)], **options}
    body["tools"] = [READ_CHAT_TOOL]
    for sent in read_events(azure.post(CHAT, json=body).text):
        check(chunk, sent)


def test_error_bodies(azure: Caller) -> None:
    validator = Draft202012Validator(load("azure-wire/error_body.schema.json"))
    for fault in faults().values():
        others = fault.name.startswith("extra_forbidden")  # the form of other makers' models
        if isinstance(fault, HttpFault) and isinstance(fault.body, dict) and not others:
            check(validator, fault.body)
    check(validator, azure.post(RESPONSES, json={}).json())


def test_requests_of_the_contract_are_served(azure: Caller) -> None:
    schema = Draft202012Validator(load("azure-wire/create_response_request.schema.json"))
    body: dict[str, Any] = {"model": "gpt-5.4", "tools": [READ_TOOL]}
    body |= {"input": [user("[[call Read]]")], "stream": True, **REPLAYABLE}
    check(schema, body)
    output = azure.answer(RESPONSES, {**body, "stream": False})["output"]
    body["input"] = replay([user("[[call Read]]")], output)
    check(schema, body)
    azure.answer(RESPONSES, {**body, "stream": False})


def test_every_error_of_the_catalogue_has_a_name() -> None:
    known = [fault for fault in faults().values() if isinstance(fault, HttpFault)]
    for entry in load("error_catalogue.json")["http"]:
        found = [fault for fault in known if _is_like(fault, entry)]
        assert found, entry


def _is_like(fault: HttpFault, entry: dict[str, Any]) -> bool:
    """The same status, and the same words as far as the catalogue writes them out."""
    if fault.status != entry["status"] or entry["body"] is None or fault.body is None:
        return bool(fault.status == entry["status"] and fault.body == entry["body"])
    if not isinstance(fault.body, dict) or fault.body.keys() != entry["body"].keys():
        return False
    ours, theirs = fault.body.get("error", fault.body), entry["body"].get("error", entry["body"])
    beginning = theirs["message"].partition("...")[0]
    same_code = ours.get("code") == theirs.get("code")
    return same_code and str(ours["message"]).startswith(beginning)


def test_model_rules_agree() -> None:
    ours = {rule["match"]: rule for rule in read_rules()}
    theirs = load("model_rules.json")["rules"]
    assert [m for m in ours if m in {rule["match"] for rule in theirs}] == [
        rule["match"] for rule in theirs
    ]
    compared = ("chat_effort", "sampling", "chat_tools", "responses_only", "streaming", "phase",
                "parallel_tool_calls", "reasoning_summary", "image_input", "max_images",
                "max_input", "max_output", "structured_outputs")  # fmt: skip
    for rule in theirs:
        own = ours[rule["match"]]
        assert {key: own.get(key) for key in compared} == {key: rule.get(key) for key in compared}
        if rule["effort"]:
            assert own["effort"] == rule["effort"]
        if rule.get("default_effort") not in (None, "none_or_medium"):
            assert own["default_effort"] == rule["default_effort"]


def test_request_keys_agree() -> None:
    policy = load("request_key_policy.json")
    sent = {key.partition(".")[0] for key in policy["send"]}
    assert sent <= KNOWN_KEYS
    never = {key for key in policy["never"] if "." not in key}
    assert not never & KNOWN_KEYS
    assert set(MOVED) <= never
    schema = load("azure-wire/create_chat_completion_request.schema.json")
    assert set(schema["properties"]) >= CHAT_KEYS
