import pytest

from local.azure_simulator.directives import find_script, read_steps, without_directives
from local.azure_simulator.plan import Speech, Thought, ToolCall, split_arguments, split_text
from local.azure_simulator.plan_writer import write_plan
from local.azure_simulator.task import (
    AssistantText,
    Entry,
    Task,
    Tool,
    ToolOutcome,
    ToolUse,
    UserText,
)

SCRIPT = UserText("[[call A {}]] [[next]] [[call B {}]] [[call C {}]] [[next]] [[say done]]")
TOOLS = {name: Tool(name, "function", {"type": "object", "properties": {}}) for name in "ABC"}


def test_steps_hold_their_directives_in_order() -> None:
    steps = read_steps('[[say hi]] [[call Write {"content": "a]] b"}]] [[next]] [[say bye]]')
    assert [[directive.word for directive in step] for step in steps] == [["say", "call"], ["say"]]
    assert steps[0][1].arguments == {"content": "a]] b"}
    assert steps[1][0].text == "bye"


@pytest.mark.parametrize(
    "text", ["no directives", "see [[Some Page]]", "[[sayings]]", "[ [say x]]"]
)
def test_other_brackets_are_text(text: str) -> None:
    assert read_steps(text) == ()


def test_directives_in_reminders_are_not_spoken_to_us() -> None:
    assert find_script((UserText("<system-reminder>[[say no]]</system-reminder> hi"),)) is None


def test_what_is_left_without_directives() -> None:
    assert without_directives("hello [[echo]] world") == "hello  world"


def test_options_and_numbers() -> None:
    ((directive,),) = read_steps("[[silent 2 keepalive=0.5]]")
    assert directive.numbers() == ["2"]
    assert directive.option("keepalive") == "0.5"
    assert directive.option("after") is None


ROUND_1: tuple[Entry, ...] = (ToolUse("1", "A"), ToolOutcome("A", "ra"))
ROUND_2: tuple[Entry, ...] = (
    ToolUse("2", "B"),
    ToolUse("3", "C"),
    ToolOutcome("B", "rb"),
    ToolOutcome("C", "rc"),
)
REMINDER = UserText("<system-reminder>be good</system-reminder>")


@pytest.mark.parametrize(
    ("entries", "spoken"),
    [
        ((SCRIPT,), ["A"]),
        ((UserText("[[say old]]"), AssistantText("old"), SCRIPT), ["A"]),
        ((SCRIPT, *ROUND_1), ["B", "C"]),
        ((SCRIPT, *ROUND_1, REMINDER), ["B", "C"]),
        ((SCRIPT, AssistantText("I call"), *ROUND_1), ["B", "C"]),
        ((SCRIPT, *ROUND_1, *ROUND_2), ["done"]),
        (
            (SCRIPT, *ROUND_1, *ROUND_2, AssistantText("done"), UserText("thanks")),
            ["You wrote: thanks"],
        ),
        ((UserText("hi"), *ROUND_2, REMINDER), ["B returned: rb\nC returned: rc"]),
        ((UserText("[[call A {}]]"), *ROUND_1), ["A returned: ra"]),
    ],
)
def test_rounds_tell_which_step_is_due(entries: tuple[Entry, ...], spoken: list[str]) -> None:
    plan = write_plan(Task(entries=entries, tools=TOOLS))
    assert _spoken(plan.outputs) == spoken


def test_without_parallel_calls_each_call_is_a_round() -> None:
    entries = (SCRIPT, *ROUND_1, ToolUse("2", "B"), ToolOutcome("B", "rb"))
    assert _spoken(write_plan(Task(entries, TOOLS, parallel=False)).outputs) == ["C"]
    assert _spoken(write_plan(Task(entries, TOOLS)).outputs) == ["done"]


def test_tools_that_are_not_offered_are_said_so() -> None:
    plan = write_plan(Task((UserText("[[call Missing {}]]"),), TOOLS))
    assert _spoken(plan.outputs) == ["The tool Missing is not offered. Offered: A, B, C."]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("[[call A]]", "{}"),
        ('[[call A {"b": [1, "]]"]}]]', '{"b":[1,"]]"]}'),
        ("[[raw-args A {broken]]", "{broken"),
        ("[[raw-args A]]", ""),
        ("[[raw-args A {}", "{}"),
    ],
)
def test_arguments_of_calls(text: str, arguments: str) -> None:
    assert write_plan(Task((UserText(text),), TOOLS)).outputs == (ToolCall("A", arguments),)


def test_arguments_that_are_not_json_are_said_so() -> None:
    plan = write_plan(Task((UserText("[[call A {broken]]"),), TOOLS))
    assert _spoken(plan.outputs) == [
        "The arguments for A are not JSON: use raw-args for such text."
    ]


def test_thoughts_come_first_unless_placed() -> None:
    task = Task((UserText("[[say hi]]"),), {}, reasons=True, reasoning_tokens=64)
    assert [type(output) for output in write_plan(task).outputs] == [Thought, Speech]
    task = Task((UserText("[[say hi]] [[think a || b]]"),), {}, reasons=True)
    thought = write_plan(task).outputs[1]
    assert isinstance(thought, Thought)
    assert thought.parts == ("a", "b")
    task = Task((UserText("[[think a]] [[say hi]]"),), {})
    assert [type(output) for output in write_plan(task).outputs] == [Speech]


def test_a_limit_cuts_the_last_output() -> None:
    plan = write_plan(Task((UserText("[[long 100]]"),), {}, limit=16))
    assert plan.stop == "length"
    assert len("".join(_spoken(plan.outputs))) == 64
    plan = write_plan(Task((UserText("hi"),), {}, reasons=True, reasoning_tokens=64, limit=16))
    assert [type(output) for output in plan.outputs] == [Thought]
    plan = write_plan(Task((UserText('[[call A {"x": "' + "y" * 99 + '"}]]'),), TOOLS, limit=16))
    (call,) = plan.outputs
    assert isinstance(call, ToolCall)
    assert len(call.arguments) == 60


@pytest.mark.parametrize("text", ["", "a", "a b\n c ", "word " * 5000])
def test_deltas_join_to_the_text(text: str) -> None:
    assert "".join(split_text(text)) == text
    assert "".join(split_arguments(text)) == text
    assert len(split_text(text)) <= 201


def _spoken(outputs: tuple[object, ...]) -> list[str]:
    named = [output for output in outputs if isinstance(output, Speech | ToolCall)]
    return [output.text if isinstance(output, Speech) else output.name for output in named]
