"""What each model family accepts."""

from typing import Any

import pytest

from local.azure_simulator.models import read_rules
from proxy_core.conversation import Effort, Thinking
from proxy_core.deployments.models import (
    FAMILIES,
    UNKNOWN,
    Deployment,
    UpstreamApi,
    find_family,
    nearest_effort,
)


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        ("gpt-5.4", "gpt-5.4"),
        ("gpt-5.4-mini", "gpt-5.4-mini"),
        ("gpt-5.4-chat", "gpt-5.4"),
        ("gpt-5-chat", "gpt-5-chat"),
        ("gpt-5-chat-latest", "gpt-5-chat"),
        ("gpt-5.1-chat", "gpt-5.1-chat"),
        ("gpt-5.2-chat-2025-12-11", "gpt-5.2-chat"),
        ("gpt-5.3-chat", "gpt-5.3-chat"),
        ("gpt-5.4-pro-2026-03-05", "gpt-5.4-pro"),
        ("GPT-5-Mini", "gpt-5"),
        ("gpt-5.1-codex-max", "gpt-5.1-codex-max"),
        ("gpt-5.1-codex-mini", "gpt-5.1-codex"),
        ("gpt-6.2-sol", "gpt-6.2-"),
        ("o3-mini", "o3-mini"),
        ("o3", "o3"),
        ("gpt-4o-mini", "gpt-4o"),
        ("Meta-Llama-3.1-405B", "meta-llama"),
        ("my-gpt-5.4", ""),
        ("", ""),
    ],
)
def test_families_by_name(model: str, prefix: str) -> None:
    assert find_family(model).prefix == prefix


@pytest.mark.parametrize("model", ["gpt-5-chat", "gpt-5.1-chat", "gpt-5.2-chat", "gpt-5.3-chat"])
def test_the_models_behind_chatgpt_are_smaller(model: str) -> None:
    family = find_family(model)
    assert (family.max_input, family.max_output) == (128_000, 16_384)
    assert not family.reasons
    assert (family.sampling == "always") == (model == "gpt-5-chat")


def test_no_family_hides_another() -> None:
    for family in FAMILIES:
        assert find_family(family.prefix) is family
    assert UNKNOWN.prefix == ""


SAMPLING = {
    "always": "always",
    "never": "never",
    "only_if_effort_none": "without_reasoning",
}
CHAT_TOOLS: dict[Any, str] = {
    None: "always",
    True: "always",
    False: "never",
    "only_if_effort_none": "without_reasoning",
    "prefer_responses": "discouraged",
}


def test_the_proxy_and_the_simulator_know_the_same_models() -> None:
    """Two tables, written apart, for what Azure's documentation and its refusals say."""
    families = {family.prefix: family for family in FAMILIES if family.openai and family.prefix}
    rules = {rule["match"]: rule for rule in read_rules() if rule["match"] in families}
    assert len(rules) > 25
    assert [prefix for prefix in families if prefix in rules] == [*rules]
    for prefix, rule in rules.items():
        family = families[prefix]
        assert family.efforts in (tuple(rule.get("effort", ())), ())  # (): left to the model
        assert family.chat_efforts == (tuple(rule.get("chat_effort", ())) or None)
        assert family.sampling == SAMPLING[rule.get("sampling", "always")]
        assert family.tools_on_chat == CHAT_TOOLS[rule.get("chat_tools")]
        assert family.responses_only == rule.get("responses_only", False)
        assert family.parallel_tool_calls == rule.get("parallel_tool_calls", True)
        assert family.summary == rule.get("reasoning_summary", True)
        assert family.images == rule.get("image_input", True)
        assert family.streams == rule.get("streaming", True)
        assert family.phase == rule.get("phase", False)
        assert rule.get("max_input") in (None, family.max_input)
        assert rule.get("max_output") in (None, family.max_output)


@pytest.mark.parametrize("prefix", ["deepseek", "grok", "kimi", "llama", "mistral", "mai-"])
def test_models_of_other_makers(prefix: str) -> None:
    family = find_family(prefix)
    assert family.chat_only
    assert not family.openai
    assert not family.reasons
    assert family.chat_limit == ("max_tokens" if prefix == "mistral" else "max_completion_tokens")


HIGHEST: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")


@pytest.mark.parametrize(
    ("wanted", "accepted", "sent"),
    [
        ("medium", HIGHEST, "medium"),
        ("max", HIGHEST[:4], "xhigh"),
        ("max", HIGHEST[:3], "high"),
        ("xhigh", HIGHEST[:3], "high"),
        ("none", HIGHEST, "low"),
        ("minimal", HIGHEST, "low"),
        ("minimal", ("none", *HIGHEST), "low"),
        ("none", ("minimal", *HIGHEST[:3]), "minimal"),
        ("low", ("medium", "high", "xhigh"), "medium"),
        ("low", ("high",), "high"),
    ],
)
def test_the_nearest_effort(wanted: Effort, accepted: tuple[Effort, ...], sent: Effort) -> None:
    assert nearest_effort(wanted, accepted) == sent


@pytest.mark.parametrize(
    ("model", "api", "own", "wanted", "thinking", "sent"),
    [
        ("gpt-5.4", "responses", None, None, "shown", "medium"),
        ("gpt-5.4", "responses", None, "high", "shown", "high"),
        ("gpt-5.4", "responses", None, "none", "off", "none"),
        ("gpt-5.4", "responses", None, "low", "off", "low"),
        # the user's own effort counts while thinking is on
        ("gpt-5.4", "responses", "low", "high", "shown", "low"),
        ("gpt-5.4", "responses", "low", None, "hidden", "low"),
        ("gpt-5.4", "responses", "low", "none", "off", "none"),
        ("gpt-5.4", "responses", "max", "low", "shown", "xhigh"),
        # families differ, and so do their APIs
        ("gpt-6-astra", "responses", None, "max", "shown", "max"),
        ("gpt-6-astra", "chat", None, "max", "shown", "xhigh"),
        ("gpt-6-sol", "chat", None, "max", "shown", "max"),
        ("gpt-6-astra", "responses", None, "none", "off", "low"),
        ("gpt-4o", "responses", "high", "high", "shown", None),
        ("other", "responses", None, "high", "shown", None),
    ],
)
def test_the_effort_sent(
    model: str,
    api: UpstreamApi,
    own: Effort | None,
    wanted: Effort | None,
    thinking: Thinking,
    sent: Effort | None,
) -> None:
    deployment = Deployment(model, api, find_family(model), effort=own)
    assert deployment.choose_effort(wanted, thinking) == sent


@pytest.mark.parametrize(
    ("model", "effort", "taken"),
    [
        ("gpt-4o", None, True),
        ("gpt-5.4", "none", True),
        ("gpt-5.4", "low", False),
        ("gpt-5", "minimal", False),
        ("gpt-6-astra", "low", False),
    ],
)
def test_sampling(model: str, effort: Effort | None, taken: bool) -> None:
    assert Deployment(model, "responses", find_family(model)).takes_sampling(effort) is taken


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "wanted", "limit"),
    [
        ("gpt-5.4", "none", "off", 64, 64),
        ("gpt-5", "minimal", "off", 64, 64 + 1_024),
        ("gpt-6.1-sol", "low", "off", 64, 64 + 4_096),
        ("gpt-6.1-sol", "high", "shown", 64, 64),
        ("gpt-5", "minimal", "off", 127_900, 128_000),
        ("gpt-4o", None, "off", 64, 64),
        ("gpt-5", "minimal", "off", None, None),
        ("gpt-5", "minimal", "off", 0, 0),
        ("gpt-6.1-sol", "low", "off", 0, 0),
    ],
)
def test_there_is_room_for_reasoning_that_cannot_be_switched_off(
    model: str, effort: Effort | None, thinking: Thinking, wanted: int | None, limit: int | None
) -> None:
    deployment = Deployment(model, "responses", find_family(model))
    assert deployment.choose_limit(wanted, effort, thinking) == limit
