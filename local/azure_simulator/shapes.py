"""Streams that say the same in other events: what gateways and other makers' servers leave out.

Each shape is a rule for one API's events; the other API's pass as they are.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

Event = dict[str, Any]
Rule = Callable[[Event], Event | None]  # None: the event is left out


def _without(types: str) -> Rule:
    left_out = re.compile(types)
    return lambda event: None if left_out.fullmatch(event["type"]) else event


def _each_delta(change: Callable[[Event], Event]) -> Rule:
    def rule(chunk: Event) -> Event:
        return {**chunk, "choices": [_changed(choice, change) for choice in chunk["choices"]]}

    return rule


def _changed(choice: Event, change: Callable[[Event], Event]) -> Event:
    return {**choice, "delta": change(choice["delta"])} if choice.get("delta") else choice


def _content_in_parts(delta: Event) -> Event:
    text = delta.get("content")
    return {**delta, "content": [{"type": "text", "text": text}]} if text else delta


def _each_call(change: Callable[[Event], Event]) -> Rule:
    def changed(delta: Event) -> Event:
        calls = delta.get("tool_calls")
        return {**delta, "tool_calls": [*map(change, calls)]} if calls else delta

    return _each_delta(changed)


def _message_for_delta(chunk: Event) -> Event:
    names = {"delta": "message"}
    choices = [{names.get(k, k): v for k, v in choice.items()} for choice in chunk["choices"]]
    return {**chunk, "choices": choices}


SHAPES: Mapping[str, tuple[Literal["responses", "chat"], Rule]] = {
    "nothing_added": ("responses", _without(r"response\..*\.added")),
    "no_deltas": ("responses", _without(r"response\..*\.delta")),
    "only_the_end": ("responses", _without(r"response\..*\.(?:added|delta|done)")),
    "content_in_parts": ("chat", _each_delta(_content_in_parts)),
    "message_for_delta": ("chat", _message_for_delta),
    "calls_without_ids": ("chat", _each_call(lambda call: {**call, "id": None})),
    "calls_under_one_index": ("chat", _each_call(lambda call: {**call, "index": 0})),
}


def reshape(name: str, api: str, event: Event) -> Event | None:
    of, rule = SHAPES.get(name, ("", None))
    return rule(event) if rule and of == api else event
