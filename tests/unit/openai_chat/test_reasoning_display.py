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


KINDS: list[tuple[ReasoningDisplay, str]] = [("details", DETAILS), ("think", THINK)]

# {}: a wrapper, closed. {open}: one that was not closed any more
CASES = {
    # at the start
    "alone": ("{}", ""),
    "before_text": ("{}Hi.", "Hi."),
    "several": ("{}{}Hi.", "Hi."),
    "on_lines_of_their_own": ("\n\n{}\n\n{}Hi.", "Hi."),
    "a_third_line_break_is_the_models": ("{}\nHi.", "\nHi."),
    "white_space_of_the_models": ("{}    indented", "    indented"),
    # further on
    "after_text": ("Hi.\n\n{}", "Hi."),
    "line_breaks_of_the_models_before": ("Hi.\n\n\n\n{}", "Hi.\n\n"),
    "between": ("Hi.\n\n{}Ho.", "Hi.Ho."),
    "two_between": ("Hi.\n\n{}{}Ho.", "Hi.Ho."),
    "at_the_start_and_between": ("{}One.\n\n{}Two.\n\n{}Three.", "One.Two.Three."),
    # aborted
    "aborted": ("{open}", ""),
    "aborted_behind_another": ("{}{open}", ""),
    "aborted_on_a_line_of_its_own": ("\n\n{open}", ""),
    "aborted_after_text": ("Hi.\n\n{open}", "Hi.\n\n{open}"),
    "aborted_after_text_and_another": ("{}Hi.\n\n{open}", "Hi.\n\n{open}"),
    # what a model wrote about it
    "quoted_in_a_line": ("Write `{}` here.", "Write `{}` here."),
    "quoted_behind_text": ("Hi.{}", "Hi.{}"),
    "quoted_behind_a_line": ("Hi.\n{}", "Hi.\n{}"),
    "quoted_in_code": ("See:\n\n```\n{}```\nSo.", "See:\n\n```\n{}```\nSo."),
    "quoted_in_code_behind_a_blank_line": (
        "See:\n\n```md\nA\n\n{}```\nSo.",
        "See:\n\n```md\nA\n\n{}```\nSo.",
    ),
    "quoted_in_tildes": ("~~~\n\n{}~~~", "~~~\n\n{}~~~"),
    "behind_code": ("```\nx\n```\n\n{}So.", "```\nx\n```So."),
    "quoted_and_left_open": ("Write {open} and so on.", "Write {open} and so on."),
    "quoted_and_then_real": ("It is `{open}`.\n\n{}So.", "It is `{open}`.So."),
    "code_in_the_reasoning": ("A.\n\n{code}B.\n\n{}C.", "A.B.C."),
}


def fill(content: str, shown: str) -> str:
    opened = shown.partition("Hm.")[0] + "Hm"
    coded = shown.replace("Hm.", "So:\n```\nx")
    return content.replace("{}", shown).replace("{open}", opened).replace("{code}", coded)


@pytest.mark.parametrize(("display", "shown"), KINDS)
@pytest.mark.parametrize(("content", "left"), CASES.values(), ids=CASES)
def test_what_is_taken_out_and_what_stays(
    content: str, left: str, display: ReasoningDisplay, shown: str
) -> None:
    assert strip_reasoning(fill(content, shown), display) == fill(left, shown)


@pytest.mark.parametrize(("display", "shown"), KINDS)
@pytest.mark.parametrize(
    ("trimmed", "left"),
    [("{}", ""), ("{}\nHi.", "Hi."), ("{}Hi.", "Hi."), ("Hi.\n\n{}", "Hi.")],
)
def test_the_white_space_behind_it_may_have_been_trimmed(
    trimmed: str, left: str, display: ReasoningDisplay, shown: str
) -> None:
    assert strip_reasoning(trimmed.replace("{}", shown.rstrip()), display) == left


@pytest.mark.parametrize(
    ("content", "display", "left"),
    [
        # the conversation began under another setting
        (f"{THINK}Hi.", "details", "Hi."),
        (f"{DETAILS}Hi.", "think", "Hi."),
        (f"{THINK}{DETAILS}Hi.", "details", "Hi."),
        (f"{THINK}Hi.", "off", "Hi."),
        (f"{DETAILS}Hi.", "off", "Hi."),
        # what only looks like it is the model's
        (f"A prompt:\n\n{THINK}Hi.", "details", f"A prompt:\n\n{THINK}Hi."),
        (f"A prompt:\n\n{DETAILS}Hi.", "off", f"A prompt:\n\n{DETAILS}Hi."),
        ("<think>\nis the tag, and the rest", "details", "<think>\nis the tag, and the rest"),
        ("<think>\nis the tag, and the rest", "off", "<think>\nis the tag, and the rest"),
    ],
)
def test_wrappers_of_another_kind(content: str, display: ReasoningDisplay, left: str) -> None:
    assert strip_reasoning(content, display) == left


@pytest.mark.parametrize("display", ["details", "think", "off"])
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
def test_what_is_not_ours_stays(content: str, display: ReasoningDisplay) -> None:
    assert strip_reasoning(content, display) == content


words = st.text(st.sampled_from("ab \n`"), max_size=9)


@given(st.sampled_from(["details", "think"]), words, words, words)
def test_nothing_but_the_wrapper_is_lost(
    display: ReasoningDisplay, before: str, thought: str, after: str
) -> None:
    opened = f"{before}\n\n{OPENING[display]}{thought}"
    assert strip_reasoning(opened, display) == (opened if before else "")
    left = strip_reasoning(f"{opened}{CLOSING[display]}{after}", display)
    assert left == (before + after if "```" not in before else left)


@pytest.mark.parametrize("piece", ["\n\n{open}", "{open}", "```\n\n{open}", "{}", "\n\n{}a"])
def test_it_takes_time_in_proportion(piece: str) -> None:
    for display, shown in KINDS:
        content = "a" + fill(piece, shown) * 20_000
        strip_reasoning(content, display)  # a time limit is the test's: square, it takes minutes
