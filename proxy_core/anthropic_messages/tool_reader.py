"""The tools of a request: those it declares, less or more what its conversation has changed.

https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview

Rules:
* a deferred tool goes up once the conversation refers to it, by a call, by what a tool search
  found, or by an addition; a removed one goes up no more, until it is added again;
* what came later stands behind the others, in the order in which the conversation came to it: so
  the tools begin as those of the request before, and Azure's cache serves them;
* Anthropic's own search for deferred tools has no equal on Azure: beside it all of them go up, as
  if it had found them;
* of the tools that run on the server, web search is the only one that Azure has as well; others
  are refused in words after which clients go on without them;
* tools that Anthropic defines and the client runs become functions (client_tools.py).
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Literal

from proxy_core.anthropic_messages import client_tools, web_search
from proxy_core.conversation import Tool, WebSearch
from proxy_core.errors import BadRequest
from proxy_core.wire import fields
from proxy_core.wire.pieces import remembered

TAKEN = (
    "custom",
    "web_search_20250305",
    "tool_search_tool_bm25_20251119",
    "tool_search_tool_regex_20251119",
    *client_tools.TYPES,
)
CHANGES = ("tool_definition", "tool_reference", "mcp_tool_reference", "mcp_toolset_reference")

# its name, what it is, and whether it waits until the conversation refers to it
Declaration = tuple[str, Tool | WebSearch, bool]
# what a message does to a tool of that name: refer to it, show or define it, or take it away
Change = tuple[Literal["refer", "show", "define", "remove"], str, Tool | WebSearch | None]

_TOOL_SEARCH = re.compile(r"tool_search_tool_(bm25|regex)(_\d{8})?")


def read_tools(body: dict[str, Any]) -> tuple[tuple[Tool, ...], WebSearch | None]:
    if fields.optional(body, "mcp_servers", list):
        raise BadRequest("mcp_servers: not supported here; connect them in the client instead")
    match body.get("container"):
        case {"skills": [_, *_]}:
            raise BadRequest("container.skills: not supported here; there is no container")
    tools = _Tools()
    if (declared := body.get("tools")) is not None:
        for declaration in _read_declared(declared, "tools"):
            tools.declare(declaration)
    for change in chain.from_iterable(fields.read_members(body, "messages", _read_changes)):
        tools.change(change)
    match body.get("tool_choice"):
        case {"type": "tool", "name": str(name)}:
            tools.change(("refer", name, None))
    return tools.offered()


@remembered
def _read_declared(tools: Any, path: str) -> tuple[Declaration | None, ...]:
    listed = fields.objects(fields.check(tools, list, path), path)
    return tuple(_read_declaration(tool, place) for place, tool in listed)


def _read_declaration(tool: dict[str, Any], path: str) -> Declaration | None:
    """None: a search for the deferred ones."""
    if _TOOL_SEARCH.fullmatch(str(tool.get("type"))):
        return None
    name, offer = _read_tool(tool, path)
    return name, offer, bool(tool.get("defer_loading"))


@remembered
def _read_changes(message: dict[str, Any], path: str) -> tuple[Change, ...]:
    content = message.get("content")
    return tuple(_see(content, f"{path}.content")) if isinstance(content, list) else ()


def _see(blocks: list[Any], path: str) -> Iterator[Change]:
    for index, block in enumerate(blocks):
        match block:
            case {"type": "text"}:
                pass  # the most frequent
            case {"type": "tool_use", "name": str(name)}:
                yield "refer", name, None
            case {"type": "tool_result", "content": content}:
                yield from _find(content)
            case {"type": "tool_search_tool_result", "content": {"tool_references": found}}:
                yield from _find(found)
            case {"type": "tool_addition" | "tool_removal" as change}:
                place = f"{path}.{index}"
                tool = fields.required(block, "tool", dict, place)
                yield from _read_change(change, tool, f"{place}.tool")
            case {"type": "compaction", "tool_changes": list(changes)}:
                yield from _see(changes, f"{path}.{index}.tool_changes")


def _find(found: Any) -> Iterator[Change]:
    for reference in found if isinstance(found, list) else ():
        match reference:
            case {"type": "tool_reference", "tool_name": str(name)}:
                yield "show", name, None


def _read_change(change: str, tool: dict[str, Any], path: str) -> Iterator[Change]:
    match tool.get("type"):
        case "tool_definition" if change == "tool_addition":
            definition = fields.required(tool, "definition", dict, path)
            yield "define", *_read_tool(definition, f"{path}.definition")
        case "tool_reference":
            name = fields.required(tool, "name", str, path)
            yield "show" if change == "tool_addition" else "remove", name, None
        case "mcp_tool_reference" | "mcp_toolset_reference":
            pass  # of a server that is not connected here
        case type:
            taken = CHANGES if change == "tool_addition" else CHANGES[1:]
            raise fields.unexpected_tag(type, taken, path)


class _Tools:
    """What is offered, followed through one conversation."""

    def __init__(self) -> None:
        self._declared: list[tuple[str, Tool | WebSearch]] = []
        self._defined: dict[str, Tool | WebSearch] = {}  # within the conversation
        self._deferred: set[str] = set()
        self._referenced: dict[str, int] = {}  # name -> its place among them
        self._removed: set[str] = set()
        self._finds_all = False

    def declare(self, declaration: Declaration | None) -> None:
        if declaration is None:
            self._finds_all = True
            return
        name, offer, is_deferred = declaration
        self._declared.append((name, offer))
        if is_deferred:
            self._deferred.add(name)

    def change(self, change: Change) -> None:
        kind, name, offer = change
        if kind == "remove":
            self._removed.add(name)
            return
        self._referenced.setdefault(name, len(self._referenced) + 1)
        if kind != "refer":
            self._removed.discard(name)
        if offer:
            self._defined[name] = offer

    def offered(self) -> tuple[tuple[Tool, ...], WebSearch | None]:
        if not (self._deferred or self._defined or self._removed):  # as nearly always
            return _sorted_out([offer for _, offer in self._declared])
        own = [(name, tool) for name, tool in self._declared if name not in self._defined]
        tools = sorted((*own, *self._defined.items()), key=lambda named: self._place(named[0]))
        return _sorted_out([tool for name, tool in tools if self._is_offered(name)])

    def _place(self, name: str) -> int:
        """0 for what was there from the beginning."""
        came_later = name in self._defined or self._waits(name)
        return self._referenced.get(name, 0) if came_later else 0

    def _waits(self, name: str) -> bool:
        return name in self._deferred and not self._finds_all

    def _is_offered(self, name: str) -> bool:
        waits = self._waits(name) and name not in self._referenced
        return not waits and name not in self._removed


def _sorted_out(offers: list[Tool | WebSearch]) -> tuple[tuple[Tool, ...], WebSearch | None]:
    searches = (offer for offer in offers if isinstance(offer, WebSearch))
    return tuple(offer for offer in offers if isinstance(offer, Tool)), next(searches, None)


def _read_tool(tool: dict[str, Any], path: str) -> tuple[str, Tool | WebSearch]:
    if web_search.is_web_search(tool):
        return web_search.NAME, web_search.read_web_search(tool, path)
    if client_tools.is_client_tool(tool):
        function = client_tools.read_client_tool(tool, path)
    elif tool.get("type") in (None, "custom"):
        function = Tool(
            fields.required(tool, "name", str, path),
            fields.note(tool, "description"),
            fields.schema(tool, "input_schema"),
            tool.get("strict") is True,
        )
    else:
        raise fields.unexpected_tag(tool["type"], TAKEN, path)
    return function.name, function
