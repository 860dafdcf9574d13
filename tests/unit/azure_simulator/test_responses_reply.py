from itertools import pairwise
from typing import Any

import pytest

from tests.unit.azure_simulator.caller import (
    READ_TOOL,
    REPLAYABLE,
    WRITE_TOOL,
    Caller,
    kinds,
    replay,
    texts,
    user,
)

CALL = '[[think one || two]] [[say I look]] [[call Read {"file_path": "/x"}]] [[next]] [[say ok]]'


def of_type(events: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == type]


def test_order_and_numbers_of_events(azure: Caller) -> None:
    events = azure.events(CALL, tools=[READ_TOOL], **REPLAYABLE)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    kinds_seen = [event["type"].removeprefix("response.") for event in events]
    assert [a for a, b in pairwise([*kinds_seen, ""]) if a != b] == [
        "created", "in_progress",
        "output_item.added",
        "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done",
        "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]  # fmt: skip
    assert (
        events[-1]["response"]["output"][1:]
        == [event["item"] for event in of_type(events, "response.output_item.done")][1:]
    )


def test_deltas_join_and_hide_their_length(azure: Caller) -> None:
    events = azure.events("[[say three short words]]", model="gpt-4.1")
    deltas = of_type(events, "response.output_text.delta")
    assert "".join(event["delta"] for event in deltas) == "three short words"
    assert len(deltas) == 3
    assert all(len(event["delta"] + event["obfuscation"]) % 16 == 0 for event in deltas)
    plain = azure.events(
        "[[say x]]", model="gpt-4.1", stream_options={"include_obfuscation": False}
    )
    assert "obfuscation" not in str(plain)


def test_ids_are_typed_and_new(azure: Caller) -> None:
    first = azure.respond(CALL, tools=[READ_TOOL], **REPLAYABLE)
    second = azure.respond(CALL, tools=[READ_TOOL], **REPLAYABLE)
    ids = [[reply["id"], *(item["id"] for item in reply["output"])] for reply in (first, second)]
    for reply_ids in ids:
        assert [id.partition("_")[0] for id in reply_ids] == ["resp", "rs", "msg", "fc"]
    assert not set(ids[0]) & set(ids[1])
    assert first["output"][-1]["call_id"].startswith("call_")


def test_encrypted_content_grows_until_done(azure: Caller) -> None:
    events = azure.events("hi", **REPLAYABLE)
    added = of_type(events, "response.output_item.added")[0]["item"]["encrypted_content"]
    done = of_type(events, "response.output_item.done")[0]["item"]["encrypted_content"]
    last = events[-1]["response"]["output"][0]["encrypted_content"]
    assert [len(blob) for blob in (added, done, last)] == [824, 1188, 1188]
    assert done != last
    assert all(blob.startswith("gAAAAA") for blob in (added, done, last))


def test_reasoning_shows_what_was_asked_for(azure: Caller) -> None:
    (item, _) = azure.respond("hi", reasoning={"effort": "low"})["output"]
    assert item["summary"] == []
    assert "encrypted_content" not in item
    (item, _) = azure.respond("hi", reasoning={"effort": "low", "summary": "auto"})["output"]
    assert len(item["summary"]) == 1


@pytest.mark.parametrize(
    ("model", "reasoning", "reasons"),
    [
        ("gpt-5.4", None, False),
        ("gpt-5.4", {"effort": "none"}, False),
        ("gpt-5.4", {"effort": "xhigh"}, True),
        ("gpt-5-mini", {"effort": "minimal"}, False),
        ("gpt-5-mini", None, True),
        ("gpt-5.6-sol", None, True),
        ("gpt-chat-latest", None, True),
        ("o4-mini", None, True),
        ("gpt-4o", None, False),
        ("prod-big", {"effort": "high"}, True),
    ],
)
def test_who_reasons(
    azure: Caller, model: str, reasoning: dict[str, str] | None, reasons: bool
) -> None:
    reply = azure.respond("[[think x]] [[say y]]", model=model, reasoning=reasoning)
    assert kinds(reply["output"]) == ["reasoning"] * reasons + ["message"]
    tokens = reply["usage"]["output_tokens_details"]["reasoning_tokens"]
    assert (tokens > 0) is reasons


def test_phases(azure: Caller) -> None:
    output = azure.respond(CALL, tools=[READ_TOOL])["output"]
    assert output[0]["phase"] == "commentary"
    assert azure.respond("hi")["output"][0]["phase"] == "final_answer"
    assert "phase" not in azure.respond("hi", model="gpt-5.1")["output"][0]


def test_the_request_is_echoed(azure: Caller) -> None:
    asked: dict[str, Any] = {
        "instructions": "Be kind.",
        "metadata": {"a": "b"},
        "tools": [READ_TOOL],
    }
    events = azure.events("hi", max_output_tokens=500, user="u", **asked)
    for event in (events[0], events[1], events[-1]):
        response = event["response"]
        assert {key: response[key] for key in asked} == asked
        assert (response["max_output_tokens"], response["user"]) == (500, "u")
        assert response["model"] == "gpt-5.4"
    assert [event["response"]["content_filters"] for event in events[:2]] == [None, None]
    assert events[0]["response"]["service_tier"] == "auto"
    assert events[-1]["response"]["service_tier"] == "default"
    sources = [entry["source_type"] for entry in events[-1]["response"]["content_filters"]]
    assert sources == ["prompt", "completion"]


def test_a_tool_loop(azure: Caller) -> None:
    script = (
        '[[call Write {"file_path": "/a"}]] [[next]] [[call Read {"file_path": "/b"}]]'
        '[[call Read {"file_path": "/c"}]] [[next]] [[say all done]]'
    )
    items = [user(script)]
    seen = []
    for _ in range(4):
        output = azure.respond(items, tools=[READ_TOOL, WRITE_TOOL], **REPLAYABLE)["output"]
        seen.append([item.get("arguments") or item["type"] for item in output])
        items = replay(items, output)
        if output[-1]["type"] == "message":
            items.append(user("and now?"))
    assert seen == [
        ["reasoning", '{"file_path":"/a"}'],
        ["reasoning", '{"file_path":"/b"}', '{"file_path":"/c"}'],
        ["reasoning", "message"],
        ["reasoning", "message"],
    ]
    assert texts(output) == ["You wrote: and now?"]


def test_tool_results_are_reported(azure: Caller) -> None:
    items = [user('[[call Read {"file_path": "/a"}]]')]
    items = replay(items, azure.respond(items, tools=[READ_TOOL])["output"])
    assert texts(azure.respond(items)["output"]) == ["Read returned: result of Read"]


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "name": "Read"},
        {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "Read"}],
        },
    ],
)
def test_forced_calls_have_sample_arguments(azure: Caller, choice: Any) -> None:
    (call,) = azure.respond("hi", tools=[READ_TOOL, WRITE_TOOL], tool_choice=choice)["output"]
    assert (call["name"], call["arguments"]) == ("Read", '{"file_path":"simulated"}')
    output = azure.respond("[[say x]]", tools=[READ_TOOL], tool_choice=choice)["output"]
    assert kinds(output) == ["message", "function_call"]


def test_tool_choice_none_offers_nothing(azure: Caller) -> None:
    output = azure.respond("[[call Read]]", tools=[READ_TOOL], tool_choice="none")["output"]
    assert texts(output) == ["The tool Read is not offered. Offered: none."]


def test_parallel_calls_may_be_switched_off(azure: Caller) -> None:
    two = "[[call Read]] [[call Read]]"
    assert len(azure.respond(two, tools=[READ_TOOL])["output"]) == 2
    assert len(azure.respond(two, tools=[READ_TOOL], parallel_tool_calls=False)["output"]) == 1
    minimal = azure.respond(two, model="gpt-5", tools=[READ_TOOL], reasoning={"effort": "minimal"})
    assert len(minimal["output"]) == 1


def test_custom_tools_take_text(azure: Caller) -> None:
    tool = {"type": "custom", "name": "Patch", "format": {"type": "text"}}
    events = azure.events("[[call Patch *** Begin]]", tools=[tool])
    call = events[-1]["response"]["output"][0]
    assert (call["type"], call["input"]) == ("custom_tool_call", "*** Begin")
    answered = [
        user("[[call Patch x]]"),
        {"type": "custom_tool_call", "call_id": "call_1", "name": "Patch", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "fine"},
    ]
    assert texts(azure.respond(answered)["output"]) == ["Patch returned: fine"]
    forced = azure.respond("hi", tools=[tool], tool_choice={"type": "custom", "name": "Patch"})
    assert forced["output"][0]["input"] == "simulated"


def test_web_searches_are_cited(azure: Caller) -> None:
    script = "[[search news]] [[say found it]]"
    output = azure.respond(script, tools=[{"type": "web_search"}])["output"]
    assert output[0]["action"]["query"] == "news"
    assert output[1]["content"][0]["annotations"][0]["type"] == "url_citation"
    assert texts(azure.respond(script)["output"])[0] == "No web search tool is offered."


@pytest.mark.parametrize(
    "choice",
    ["required", {"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]}],
)
def test_forced_web_searches(azure: Caller, choice: Any) -> None:
    options = {"tools": [{"type": "web_search"}], "tool_choice": choice}
    output = azure.respond("what is new", **options)["output"]
    assert output[0]["action"]["query"] == "what is new"
    assert output[1]["content"][0]["annotations"]
    types = [item["type"] for item in azure.respond("[[search news]]", **options)["output"]]
    assert types == ["web_search_call"]


def test_structured_output(azure: Caller) -> None:
    schema = {**READ_TOOL["parameters"], "additionalProperties": False}  # type: ignore[dict-item]
    form = {"type": "json_schema", "name": "place", "schema": schema, "strict": False}
    reply = azure.respond("hi", text={"format": form})
    assert texts(reply["output"]) == ['{"file_path":"simulated"}']
    reply = azure.respond("hi, in JSON", text={"format": {"type": "json_object"}})
    assert texts(reply["output"]) == ['{"answer":"You wrote: hi, in JSON"}']


@pytest.mark.parametrize(
    ("script", "reason"),
    [("[[long 99]]", "max_output_tokens"), ("[[say x]] [[stop content_filter]]", "content_filter")],
)
def test_incomplete_replies(azure: Caller, script: str, reason: str) -> None:
    event = azure.events(script, model="gpt-4.1", max_output_tokens=16)[-1]
    response = event["response"]
    assert event["type"] == "response.incomplete"
    assert response["incomplete_details"] == {"reason": reason}
    assert response["output"][-1]["status"] == "incomplete"
    assert response["content_filters"][1]["blocked"] is (reason == "content_filter")
    assert response["usage"]["output_tokens"] <= 16


def test_refusals_are_parts_of_their_own(azure: Caller) -> None:
    (item,) = azure.respond("[[refuse I will not]]")["output"]
    assert item["content"] == [{"type": "refusal", "refusal": "I will not"}]


def test_echo_and_long(azure: Caller) -> None:
    assert texts(azure.respond("[[echo]] hello")["output"]) == ["hello"]
    deltas = of_type(azure.events("[[long 1234]]"), "response.output_text.delta")
    assert len(deltas) == 1234


def test_usage_counts_cached_prefixes(azure: Caller) -> None:
    story = [user("x" * 8000), user("[[say a]]")]
    first = azure.respond(story)["usage"]
    again = azure.respond([*story, user("[[say b]]")])["usage"]
    other = azure.respond([user("y" * 8000)])["usage"]
    assert first["input_tokens_details"]["cached_tokens"] == 0
    assert again["input_tokens_details"]["cached_tokens"] >= 1920
    assert again["input_tokens_details"]["cached_tokens"] % 128 == 0
    assert other["input_tokens_details"]["cached_tokens"] == 0
    assert first["total_tokens"] == first["input_tokens"] + first["output_tokens"]


def test_keepalives_take_sequence_numbers(azure: Caller) -> None:
    events = azure.events("[[keepalive]] [[silent 0.003 keepalive=0.001]] [[say x]]")
    assert [event["type"] for event in events[2:5]] == ["keepalive"] * 3
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_slow_deltas_and_whole_replies(azure: Caller) -> None:
    assert (
        len(of_type(azure.events("[[slow 0.001]] [[long 3]]"), "response.output_text.delta")) == 3
    )
    assert texts(azure.respond("[[slow 0.001]] [[silent 0.001]] [[say x]]")["output"]) == ["x"]


@pytest.mark.parametrize(
    ("words", "parallel", "called"),
    [
        ("Use Read and Write.", True, ["Read", "Write"]),
        ("Use Write.", True, ["Write"]),
        ("Use Read and Write.", False, ["Read"]),
        ("Reader", True, ["Read"]),
    ],
)
def test_a_forced_call_is_one_of_the_tools_that_the_words_name(
    azure: Caller, words: str, parallel: bool, called: list[str]
) -> None:
    tools = {"tools": [READ_TOOL, WRITE_TOOL], "tool_choice": "required"}
    output = azure.respond(words, parallel_tool_calls=parallel, **tools)["output"]
    assert [item["name"] for item in output if item["type"] == "function_call"] == called
