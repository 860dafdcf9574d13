"""Task -> Plan: the script's step that is due, or a default answer."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from local.azure_simulator.directives import Directive, find_script, without_directives
from local.azure_simulator.judge import judge
from local.azure_simulator.plan import (
    KEEPALIVE_SECONDS,
    AskedFault,
    Keepalive,
    Output,
    Plan,
    Search,
    Silence,
    Speech,
    Thought,
    ToolCall,
    fit,
    say,
    split_text,
    tokens_of,
)
from local.azure_simulator.sample_json import sample
from local.azure_simulator.task import Task, Tool, ToolOutcome, UserText

SUMMARY = ("**Considering the request**\n\nI read the request and decide how to answer it.",)
SHOWN = 400  # characters of a message or a result that a default answer repeats


def write_plan(task: Task) -> Plan:
    if verdict := judge(task):
        return fit(Plan((say(verdict),)), task.limit)
    script = find_script(task.entries)
    step = script.due_step(task.parallel) if script else None
    draft = _Draft(task, script.text if script else "")
    for directive in step or ():
        draft.add(directive)
    if not draft.answers and draft.stop is None:
        draft.outputs.extend(_default_answer(task))
    elif task.must_call and not any(isinstance(o, ToolCall | Search) for o in draft.outputs):
        draft.outputs.extend(_forced_calls(task))
    if task.reasons and not any(isinstance(output, Thought) for output in draft.outputs):
        draft.outputs.insert(draft.silences(), Thought(SUMMARY, task.reasoning_tokens))
    return fit(draft.plan(), task.limit)


@dataclass(slots=True)
class _Draft:
    task: Task
    text: str
    outputs: list[Output] = field(default_factory=list)
    stop: str | None = None
    gap: float = 0.0
    fault: AskedFault | None = None
    answers: bool = False

    def plan(self) -> Plan:
        return Plan(tuple(self.outputs), self.stop, self.gap, self.fault)

    def silences(self) -> int:
        """How many outputs at the start are not outputs yet."""
        waits = (isinstance(output, Silence | Keepalive) for output in self.outputs)
        return next((number for number, wait in enumerate(waits) if not wait), len(self.outputs))

    def add(self, directive: Directive) -> None:
        match directive.word:
            case "slow":
                self.gap = _seconds(directive)
            case "silent":
                every = float(directive.option("keepalive") or KEEPALIVE_SECONDS)
                self.outputs.append(Silence(_seconds(directive), every))
            case "keepalive":
                self.outputs.append(Keepalive())
            case "stop":
                self.stop = "content_filter" if "filter" in directive.text else "length"
            case "error":
                self._add_fault(directive)
            case "think":
                self._add_thought(directive.text)
            case _:
                self.answers = True
                self.outputs.append(self._write_output(directive))

    def _write_output(self, directive: Directive) -> Output:
        match directive.word:
            case "call" | "raw-args":
                return _write_call(directive, self.task)
            case "refuse":
                return Speech(split_text(directive.text), refusal=True)
            case "long":
                count = int(_seconds(directive))
                return Speech(tuple(f"word{number} " for number in range(1, count + 1)))
            case "search" if "web_search" in self.task.tools:
                return Search(directive.text)
            case "search":
                return say("No web search tool is offered.")
            case "echo":
                return say(without_directives(_last_words(self.task)) or "(nothing to echo)")
            case _:
                cites = any(isinstance(output, Search) for output in self.outputs)
                return Speech(split_text(directive.text), cites=cites)

    def _add_thought(self, text: str) -> None:
        if self.task.reasons:  # without reasoning there is nobody who could think
            parts = tuple(part.strip() for part in text.split("||"))
            self.outputs.append(Thought(parts, max(self.task.reasoning_tokens, tokens_of(text))))

    def _add_fault(self, directive: Directive) -> None:
        """Where an output stands before the fault, the fault breaks into it."""
        names = directive.numbers()
        after, times = directive.option("after"), directive.option("times")
        seconds = directive.option("seconds")
        self.fault = AskedFault(
            name=names[0] if names else "",
            after_events=int(after) if after else None,
            seconds=float(seconds) if seconds else None,
            times=int(times) if times else None,
            key=self.text,
        )
        match self.outputs:
            case [*_, (Thought() | Speech() | ToolCall()) as output] if not after:
                self.outputs[-1] = replace(output, breaks=True)


def _write_call(directive: Directive, task: Task) -> Output:
    tool = task.tools.get(directive.name)
    if tool is None:
        offered = ", ".join(task.tools) or "none"
        return say(f"The tool {directive.name} is not offered. Offered: {offered}.")
    if directive.word == "raw-args" or tool.kind == "custom":
        given = directive.arguments
        raw = directive.text if given is None else json.dumps(given, ensure_ascii=False)
        return ToolCall(tool.name, raw, tool.kind)
    if directive.arguments is not None:
        return ToolCall(tool.name, _to_json(directive.arguments))
    if directive.text:
        return say(f"The arguments for {tool.name} are not JSON: use raw-args for such text.")
    return _call_with_sample(tool)


def _call_with_sample(tool: Tool) -> ToolCall:
    if tool.kind == "custom":
        return ToolCall(tool.name, "simulated", tool.kind)
    arguments = sample(tool.schema) if tool.schema else {}
    return ToolCall(tool.name, _to_json(arguments))


def _default_answer(task: Task) -> Iterable[Output]:
    if task.must_call:
        return _forced_calls(task)
    if task.schema is not None:
        return [say(_to_json(sample(task.schema)))]
    answer = _report_results(task) or f"You wrote: {_shorten(_last_words(task))}"
    return [say(_to_json({"answer": answer}) if task.json_object else answer)]


def _forced_calls(task: Task) -> list[Output]:
    callable_tools = [tool for tool in task.tools.values() if tool.kind != "web_search"]
    if task.tools and not callable_tools:
        return [Search(_shorten(_last_words(task))), Speech(("Found", " it."), cites=True)]
    words = _last_words(task)
    named = [tool for tool in callable_tools if re.search(rf"\b{re.escape(tool.name)}\b", words)]
    called = named if named and task.parallel else (named or callable_tools)[:1]
    return [_call_with_sample(tool) for tool in called]


def _report_results(task: Task) -> str:
    """The results at the conversation's end, whatever reminders follow them."""
    lines: list[str] = []
    for entry in reversed(task.entries):
        match entry:
            case ToolOutcome(name, text):
                lines.append(f"{name} returned: {_shorten(text)}")
            case UserText() if not entry.visible:
                continue
            case _:
                break
    return "\n".join(reversed(lines))


def _last_words(task: Task) -> str:
    texts = (entry.visible for entry in reversed(task.entries) if isinstance(entry, UserText))
    return next((text for text in texts if text), "")


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _seconds(directive: Directive) -> float:
    numbers = directive.numbers()
    return float(numbers[0]) if numbers else 0.0


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
