"""Requests as Claude Code and Cursor send them, of about 104 KB, as bytes. Pure.

A conversation grows as a client's does: each turn repeats everything byte for byte and adds what
the model answered and what its tool said. One thing moves, as in Claude Code: `cache_control` sits
on the last block of the last message. Texts are the seed's, so two seeds share only their tools.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ENGLISH = """
the function returns a list of open files and reads each line before it closes them when an error
occurs we retry the request with a longer timeout src/server/handler.py import def class self.value
= None if not found else result.get(key) # 42 test passes after refactoring
"""
WORLD = """
функция возвращает список файлов 関数 はファイルの一覧 を返します 文件 列表 返回 测试 통과
déjà vérifié après l'échec größer übergeben naïve — “quoted” … ✓ 🚀 señal año
"""

SYSTEM_BYTES = 16_000
TOOLS = 20
TOOL_BYTES = 2_050
MESSAGES = 30
MESSAGE_BYTES = 1_480
CACHED = {"cache_control": {"type": "ephemeral"}}
Json = dict[str, Any]


def encode(value: Any) -> bytes:
    """As JavaScript writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Words:
    """An endless supply of text that only this seed has."""

    source: random.Random
    vocabulary: list[str]

    def take(self, size: int) -> str:
        """About so many bytes, in lines."""
        kept: list[str] = []
        while size > 0:
            line = " ".join([f"{self.source.getrandbits(40):x}", *self._line()])
            kept.append(line)
            size -= len(line.encode()) + 2  # JSON writes a line break with two
        return "\n".join(kept)

    def _line(self) -> list[str]:
        return self.source.choices(self.vocabulary, k=12)


def words(seed: str, *, world: bool = False) -> Words:
    return Words(random.Random(seed), (WORLD if world else ENGLISH).split())


def tool_schemas(supply: Words) -> Iterator[Json]:
    for number in range(TOOLS):
        names = ("path", "command", "pattern", "limit", "edits")
        described: Json = {
            name: {"type": "string", "description": supply.take(150)} for name in names
        }
        nested = {"old": {"type": "string"}, "new": {"type": "string"}, "all": {"type": "boolean"}}
        described["edits"] = {
            "type": "array",
            "items": {"type": "object", "properties": nested, "required": ["old", "new"]},
        }
        yield {
            "name": f"Tool{number}",
            "description": supply.take(TOOL_BYTES - 1_130),
            "schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": described,
                "required": ["path"],
                "additionalProperties": False,
            },
        }


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a client writes a conversation. `turn`: the model's call, and the tool's answer."""

    path: str
    frame: Callable[[str, list[Json]], tuple[Json, list[Json], Json]]
    turn: Callable[[int, str, str], list[Json]]
    mark_last: Callable[[Json], Json]


def anthropic_frame(system: str, tools: list[Json]) -> tuple[Json, list[Json], Json]:
    texts = [
        {
            "type": "text",
            "text": "x-anthropic-billing-header: cc_version=2.1.181; cc_entrypoint=cli",
        },
        {"type": "text", "text": "You are a coding agent.", **CACHED},
        {"type": "text", "text": system, **CACHED},
    ]
    offered = [
        {"name": t["name"], "description": t["description"], "input_schema": t["schema"]}
        for t in tools
    ]
    tail = {"system": texts, "tools": offered, "max_tokens": 32000, "stream": True}
    return {"model": "claude-sonnet-5-5"}, [], tail


def anthropic_turn(number: int, said: str, result: str) -> list[Json]:
    name, input = f"Tool{number % TOOLS}", _arguments(number)
    call = {"type": "tool_use", "id": f"toolu_{number:024}", "name": name, "input": input}
    answer = {"type": "tool_result", "tool_use_id": call["id"], "content": result}
    return [
        {"role": "assistant", "content": [{"type": "text", "text": said}, call]},
        {"role": "user", "content": [answer]},
    ]


def _arguments(number: int) -> Json:
    return {"path": f"/src/{number}.py", "limit": "20"}


def anthropic_mark(message: Json) -> Json:
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, **CACHED}]}


def cursor_frame(system: str, tools: list[Json]) -> tuple[Json, list[Json], Json]:
    offered = [
        {
            "type": "function",
            "function": {
                "name": t["name"],
                "description": t["description"],
                "parameters": t["schema"],
            },
        }
        for t in tools
    ]
    first = {"role": "system", "content": system}
    return {"model": "gpt-low", "stream": True}, [first], {"tools": offered}


def cursor_turn(number: int, said: str, result: str) -> list[Json]:
    arguments = encode(_arguments(number)).decode()
    function = {"name": f"Tool{number % TOOLS}", "arguments": arguments}
    call = {"id": f"call_{number:024}", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": said, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": result},
    ]


ANTHROPIC = Dialect("/v1/messages", anthropic_frame, anthropic_turn, anthropic_mark)
CURSOR = Dialect("/cursor/v1/chat/completions", cursor_frame, cursor_turn, lambda message: message)
DIALECTS = {"anthropic": ANTHROPIC, "cursor": CURSOR}


class Conversation:
    """`turn(0)` has MESSAGES messages; each later one two more. `shared`: the tools' own seed."""

    def __init__(
        self, dialect: Dialect, seed: str, *, world: bool = False, shared: str = ""
    ) -> None:
        self._supply = words(seed, world=world)
        self._dialect = dialect
        tools = list(tool_schemas(words(shared or f"{seed} tools", world=world)))
        head, messages, tail = dialect.frame(self._supply.take(SYSTEM_BYTES), tools)
        self._head = encode(head)[:-1] + b',"messages":['
        self._tail = b"]," + encode(tail)[1:]
        self._pieces = [encode(message) for message in messages]
        self._last: Json = {}
        self._turns = 0
        for _ in range(MESSAGES // 2):
            self._add_turn()

    def next(self) -> bytes:
        """The body of this turn; then the conversation is a turn longer."""
        last = encode(self._dialect.mark_last(self._last))
        body = self._head + b",".join([*self._pieces[:-1], last]) + self._tail
        self._add_turn()
        return body

    def _add_turn(self) -> None:
        said, result = self._supply.take(300), self._supply.take(2 * MESSAGE_BYTES - 700)
        messages = self._dialect.turn(self._turns, said, result)
        if not self._turns:  # what begins a conversation is a question
            messages = [{"role": "user", "content": [{"type": "text", "text": said}]}, *messages]
        self._pieces += [encode(message) for message in messages]
        self._last = messages[-1]
        self._turns += 1


def growing(dialect: Dialect, seed: str, turns: int, *, world: bool = False) -> list[bytes]:
    conversation = Conversation(dialect, seed, world=world, shared="tools")
    return [conversation.next() for _ in range(turns)]


def fresh(dialect: Dialect, seed: str, *, world: bool = False) -> bytes:
    """Nothing in it was ever seen, tools included."""
    return Conversation(dialect, seed, world=world).next()


def plain(text: str, dialect: Dialect = ANTHROPIC) -> bytes:
    """One message and nothing else. The model's window is not known, so any length goes up."""
    head = {"model": "gpt-5.1" if dialect is ANTHROPIC else "gpt-low", "stream": True}
    return encode(head | {"max_tokens": 8192, "messages": [{"role": "user", "content": text}]})


def long_conversation(seed: str, size: int) -> bytes:
    """So many bytes of messages like any other's; no two have the same text."""
    supply = words(seed)
    text = supply.take(20 * MESSAGE_BYTES)
    messages: list[Json] = [{"role": "user", "content": [{"type": "text", "text": "Go on."}]}]
    for number in range(size // (2 * MESSAGE_BYTES)):
        start = number * 97 % (18 * MESSAGE_BYTES)
        said, result = text[start : start + 300], text[start : start + 2 * MESSAGE_BYTES - 550]
        messages += anthropic_turn(number, f"{seed} {number} {said}", f"{seed} {number} {result}")
    return encode({"model": "gpt-5.1", "max_tokens": 8192, "stream": True, "messages": messages})
