"""Directives in a prompt -> the script of the replies.

`[[call Read {"file_path": "/x"}]] [[next]] [[say done]]` is a script of two steps. README.md lists
the words. Double brackets that do not start with one of them are ordinary text.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from local.azure_simulator.task import AssistantText, Entry, ToolUse, UserText

WORDS = (
    "call", "raw-args", "say", "think", "refuse", "stop", "long", "slow", "silent", "keepalive",
    "search", "error", "echo", "next",
)  # fmt: skip
CALLS = ("call", "raw-args")
OPENING = re.compile(rf"\[\[\s*({'|'.join(WORDS)})\b[ \t]*")
NAME = re.compile(r"[^\s\]]+")
CLOSING = re.compile(r"\s*\]\]")

_read_json = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Directive:
    word: str
    text: str = ""
    name: str = ""
    """The tool's name."""
    arguments: Any = None
    """The tool's arguments where they were given as JSON."""

    def numbers(self) -> list[str]:
        """The words that are not options: `2` of `silent 2 keepalive=0.5`."""
        return [word for word in self.text.split() if "=" not in word]

    def option(self, name: str) -> str | None:
        pairs = (word.partition("=") for word in self.text.split())
        return next((value for key, _, value in pairs if key == name), None)


Step = tuple[Directive, ...]


@dataclass(frozen=True, slots=True)
class Script:
    steps: tuple[Step, ...]
    text: str
    """The message that holds the directives."""
    rounds: int
    """How many replies were given since: the number of the step that is due."""

    def due_step(self, parallel: bool) -> Step | None:
        steps = self.steps if parallel else tuple(_one_call_each(self.steps))
        return steps[self.rounds] if self.rounds < len(steps) else None


def find_script(entries: tuple[Entry, ...]) -> Script | None:
    """The last user message with directives, and how far it has been played."""
    for position in range(len(entries) - 1, -1, -1):
        entry = entries[position]
        if not isinstance(entry, UserText) or not (steps := read_steps(entry.visible)):
            continue
        return Script(steps, entry.visible, _count_rounds(entries[position + 1 :]))
    return None


def read_steps(text: str) -> tuple[Step, ...]:
    directives = [directive for directive, _, _ in _scan(text)]
    if not directives:
        return ()
    steps: list[list[Directive]] = [[]]
    for directive in directives:
        if directive.word == "next":
            steps.append([])
        else:
            steps[-1].append(directive)
    return tuple(tuple(step) for step in steps)


def without_directives(text: str) -> str:
    kept, position = "", 0
    for _, start, end in _scan(text):
        kept, position = kept + text[position:start], end
    return (kept + text[position:]).strip()


def _count_rounds(entries: Iterable[Entry]) -> int:
    """Assistant turns that were answered; text and calls of one reply are one turn."""
    rounds, speaking = 0, False
    for entry in entries:
        if isinstance(entry, AssistantText | ToolUse):
            speaking = True
        elif speaking:
            rounds, speaking = rounds + 1, False
    return rounds


def _one_call_each(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        part: list[Directive] = []
        for directive in step:
            if directive.word in CALLS and any(other.word in CALLS for other in part):
                yield tuple(part)
                part = []
            part.append(directive)
        yield tuple(part)


def _scan(text: str) -> Iterator[tuple[Directive, int, int]]:
    position = 0
    while opening := OPENING.search(text, position):
        directive, position = _read(opening[1], text, opening.end())
        yield directive, opening.start(), position


def _read(word: str, text: str, start: int) -> tuple[Directive, int]:
    name = ""
    if word in CALLS and (found := NAME.match(text, start)):
        name, start = found[0], found.end()
        start += len(text[start:]) - len(text[start:].lstrip())
    if word == "call" and (read := _read_arguments(text, start)):
        arguments, end = read
        return Directive(word, name=name, arguments=arguments), end
    closing = text.find("]]", start)
    end = closing if closing >= 0 else len(text)
    return Directive(word, text[start:end].strip(), name), min(end + 2, len(text))


def _read_arguments(text: str, start: int) -> tuple[Any, int] | None:
    """JSON says itself where it ends, so `]]` may stand inside its strings."""
    try:
        arguments, end = _read_json(text, start)
    except json.JSONDecodeError:
        return None
    closing = CLOSING.match(text, end)
    return (arguments, closing.end()) if closing else None
