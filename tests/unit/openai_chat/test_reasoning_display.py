"""Reasoning inside content: how it is wrapped, and how the wrapper is taken out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.openai_chat.reasoning_display import (
    CLOSING,
    OPENING,
    ReasoningDisplay,
    strip_reasoning,
)

DETAILS = "<details><summary>Thinking</summary>\n\nHm.\n\n</details>\n\n"
THINK = "<think>\nHm.\n</think>\n\n"


@pytest.mark.parametrize(("display", "shown"), [("details", DETAILS), ("think", THINK)])
def test_the_wrapper(display: ReasoningDisplay, shown: str) -> None:
    assert f"{OPENING[display]}Hm.{CLOSING[display]}" == shown


def test_switched_off_there_is_none() -> None:
    assert OPENING["off"] == CLOSING["off"] == ""


@pytest.mark.parametrize("shown", [DETAILS, THINK])
@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("{}", ""),
        ("{}Hi.", "Hi."),
        ("Hi.{}", "Hi."),
        ("Hi.\n\n{}", "Hi."),  # put there so that Markdown sees the tag
        ("Hi.\n\n\n\n{}", "Hi.\n\n"),
        ("Hi.\n\n{}Ho.", "Hi.Ho."),
        ("{}One.{}Two.", "One.Two."),
        ("{}{}Hi.", "Hi."),
        ("{}\nHi.", "\nHi."),  # the third line break is the model's
        ("{}    indented", "    indented"),
    ],
)
def test_it_is_taken_out(shown: str, content: str, left: str) -> None:
    assert strip_reasoning(content.replace("{}", shown)) == left


@pytest.mark.parametrize(
    ("content", "left"),
    [
        # trimmed
        (DETAILS.rstrip(), ""),
        (THINK.rstrip(), ""),
        (DETAILS.rstrip() + "\nHi.", "Hi."),
        (THINK.rstrip() + "Hi.", "Hi."),
        # never closed, because the reply was aborted
        ("<details><summary>Thinking</summary>\n\nHm", ""),
        ("Hi.<details><summary>Thinking</summary>\n\nHm\n\n</det", "Hi."),
        ("<think>\nHm", ""),
        (DETAILS + "Hi.<think>\nHm", "Hi."),
    ],
)
def test_trimmed_or_never_closed_as_well(content: str, left: str) -> None:
    assert strip_reasoning(content) == left


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Hi.",
        "<details><summary>Log</summary>\n\nx\n\n</details>",
        "<details>\n<summary>Thinking</summary>\n\nx\n\n</details>",
        "The tag is called <think>, and ends with </think>.",
        "</details>\n\nHi.",
        "</think>",
    ],
)
def test_what_is_not_ours_stays(content: str) -> None:
    assert strip_reasoning(content) == content


words = st.text(st.sampled_from("ab \n"), max_size=9)


@given(st.sampled_from(["details", "think"]), words, words, words)
def test_nothing_but_the_wrapper_is_lost(
    display: ReasoningDisplay, before: str, thought: str, after: str
) -> None:
    opened = f"{before}\n\n{OPENING[display]}{thought}"
    assert strip_reasoning(opened) == before
    assert strip_reasoning(f"{opened}{CLOSING[display]}{after}") == before + after
