from typing import Any

import pytest

from local.azure_simulator import running_simulator
from tests.unit.azure_simulator.caller import (
    READ_TOOL,
    REPLAYABLE,
    RESPONSES,
    Caller,
    replay,
    user,
)

SCRIPT = '[[think a || b]] [[call Read {"file_path": "/x"}]] [[next]] [[say done]]'
BODY: dict[str, Any] = {"model": "gpt-5.4", "tools": [READ_TOOL], **REPLAYABLE}


@pytest.fixture
def output(azure: Caller) -> list[dict[str, Any]]:
    reply: dict[str, Any] = azure.answer(RESPONSES, {**BODY, "input": SCRIPT})
    output: list[dict[str, Any]] = reply["output"]
    return output


@pytest.fixture
def items(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """user, reasoning, call, result."""
    return replay([user(SCRIPT)], output)


def refused(azure: Caller, items: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    return azure.refusal(RESPONSES, {**BODY, "input": items, **members})


def test_unchanged_reasoning_is_served(azure: Caller, items: list[dict[str, Any]]) -> None:
    azure.answer(RESPONSES, {**BODY, "input": items})


def test_both_finished_blobs_are_served(azure: Caller) -> None:
    events = azure.events(SCRIPT, **{**BODY, "model": "gpt-5.4"})
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    azure.answer(RESPONSES, {**BODY, "input": replay([user(SCRIPT)], done)})
    items = replay([user(SCRIPT)], events[-1]["response"]["output"])
    azure.answer(RESPONSES, {**BODY, "input": items})
    added = [event["item"] for event in events if event["type"] == "response.output_item.added"]
    items[1]["encrypted_content"] = added[0]["encrypted_content"]
    assert "could not be decrypted or parsed" in refused(azure, items)["message"]


@pytest.mark.parametrize(
    ("change", "message", "code"),
    [
        ({"encrypted_content": "gAAAAABx"}, "could not be decrypted", "invalid_encrypted_content"),
        ({"encrypted_content": "ä"}, "could not be decrypted", "invalid_encrypted_content"),
        ({"id": "rs_other"}, "item_id mismatch", "invalid_encrypted_content"),
        ({"summary": []}, "summary mismatch", "invalid_encrypted_content"),
        ({"encrypted_content": None}, "not found. Items are not persisted", None),
        ({"id": None}, "`input[1]` missing required field `id`", None),
        ({"id": "xx_1"}, "begins with 'rs'", "invalid_value"),
        ({"summary": None}, "expected an array of objects, but got null", "invalid_type"),
        ({"content": None}, "expected an array of objects, but got null", "invalid_type"),
        ({"status": "completed"}, "'input[1].status'", "unknown_parameter"),
    ],
)
def test_altered_reasoning(
    azure: Caller,
    items: list[dict[str, Any]],
    change: dict[str, Any],
    message: str,
    code: str | None,
) -> None:
    items[1] = {**items[1], **change}
    error = refused(azure, items)
    assert message in error["message"]
    assert error["code"] == code


def test_one_changed_character_is_noticed(azure: Caller, items: list[dict[str, Any]]) -> None:
    blob = items[1]["encrypted_content"]
    items[1]["encrypted_content"] = blob[:600] + ("A" if blob[600] != "A" else "B") + blob[601:]
    assert refused(azure, items)["code"] == "invalid_encrypted_content"


@pytest.mark.parametrize("member", ["id", "summary"])
def test_missing_members(azure: Caller, items: list[dict[str, Any]], member: str) -> None:
    del items[1][member]
    assert member in refused(azure, items)["message"]


def test_reasoning_without_what_it_produced(azure: Caller, items: list[dict[str, Any]]) -> None:
    reasoning = items[1]
    for unpaired in ([*items[:1], reasoning], [items[0], reasoning, user("x")]):
        message = f"Item '{reasoning['id']}' of type 'reasoning' was provided without its required"
        assert message in refused(azure, unpaired)["message"]


def test_reasoning_before_text_needs_a_message(azure: Caller) -> None:
    reply = azure.answer(RESPONSES, {**BODY, "input": "hi"})
    items = replay([user("hi")], reply["output"])
    azure.answer(RESPONSES, {**BODY, "input": [*items, user("more")]})
    assert "following item" in refused(azure, [items[0], items[1], user("more")])["message"]


def test_several_thoughts_follow_each_other(azure: Caller) -> None:
    script = "[[think a]] [[think b]] [[say c]]"
    reply = azure.answer(RESPONSES, {**BODY, "input": script})
    items = replay([user(script)], reply["output"])
    azure.answer(RESPONSES, {**BODY, "input": [*items, user("more")]})
    assert "following item" in refused(azure, [items[0], items[1], items[3]])["message"]


def test_dropped_reasoning_is_served(azure: Caller, items: list[dict[str, Any]]) -> None:
    azure.answer(RESPONSES, {**BODY, "input": [items[0], *items[2:]]})


def test_ids_demand_their_reasoning(
    azure: Caller, output: list[dict[str, Any]], items: list[dict[str, Any]]
) -> None:
    items[2]["id"] = output[1]["id"]
    azure.answer(RESPONSES, {**BODY, "input": items})
    message = refused(azure, [items[0], *items[2:]])["message"]
    reasoning = f"without its required 'reasoning' item: '{items[1]['id']}'."
    assert f"Item '{output[1]['id']}' of type 'function_call' was provided {reasoning}" in message


def test_stored_items_are_found(azure: Caller) -> None:
    body = {**BODY, "store": True}
    reply = azure.answer(RESPONSES, {**body, "input": SCRIPT})
    items = replay([user(SCRIPT)], reply["output"])
    items[1]["encrypted_content"] = None
    azure.answer(RESPONSES, {**body, "input": items})
    assert "not found" in refused(azure, items)["message"]


@pytest.mark.parametrize(
    ("model", "message"),
    [("gpt-5.5", "model mismatch"), ("gpt-5.1", "model mismatch")],
)
def test_other_families(
    azure: Caller, items: list[dict[str, Any]], model: str, message: str
) -> None:
    assert message in refused(azure, items, model=model)["message"]


def test_models_that_do_not_reason(azure: Caller, items: list[dict[str, Any]]) -> None:
    error = refused(azure, items, model="gpt-4.1", include=[], reasoning=None)
    assert "can only be provided to a reasoning" in error["message"]


def test_other_resources(items: list[dict[str, Any]]) -> None:
    with running_simulator(resource="elsewhere") as other, Caller(other.url) as azure:
        assert refused(azure, items)["code"] == "invalid_encrypted_content"
    with running_simulator(resource="elsewhere") as first, Caller(first.url) as azure:
        reply = azure.answer(RESPONSES, {**BODY, "input": SCRIPT})
    with running_simulator(resource="elsewhere") as again, Caller(again.url) as azure:
        azure.answer(RESPONSES, {**BODY, "input": replay([user(SCRIPT)], reply["output"])})


def test_reasoning_before_a_search_needs_the_search(azure: Caller) -> None:
    script = "[[search news]] [[say found]]"
    body = {**BODY, "tools": [{"type": "web_search"}]}
    thought, search, message = azure.answer(RESPONSES, {**body, "input": script})["output"]
    said = {"role": "assistant", "content": message["content"]}
    azure.answer(RESPONSES, {**body, "input": [user(script), thought, search, said, user("x")]})
    assert "following item" in refused(azure, [user(script), thought, said, user("x")])["message"]
