"""The kinds of tools in an OpenAI body: which can be offered, and which are left out.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-tools

Rules:
* a `namespace` is its tools, and those of the namespaces in it; of two with one name the first is
  offered, because a call names nothing else;
* web search is Azure's as well, and the user's to allow;
* any other kind runs at OpenAI, or is a model's by training. It is left out, and its kind logged:
  one tool never costs the chat.
"""

from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import WebSearch
from proxy_core.wire import fields
from proxy_core.wire.pieces import remembered

Declared = tuple[str, dict[str, Any]]  # where a tool stands, and what

LONGEST_KIND = 64  # characters


def tools_of(body: dict[str, Any]) -> Any:
    """What readers of tools take, with the path `tools`."""
    tools = body.get("tools")
    return [] if tools is None else tools


def callable_tools(tools: Any, path: str) -> Iterator[Declared]:
    """Functions and custom tools, in every form that clients post."""
    return (declared for declared in _flattened(tools, path) if _is_callable(declared[1]))


def left_out_kinds(body: dict[str, Any]) -> frozenset[str]:
    return _left_out_kinds(tools_of(body), "tools")


@remembered
def _left_out_kinds(tools: Any, path: str) -> frozenset[str]:
    return frozenset(
        _kind(tool)
        for _, tool in _flattened(tools, path)
        if not (_is_callable(tool) or is_web_search(tool))
    )


def read_web_search(body: dict[str, Any]) -> WebSearch | None:
    """The tool, or what Chat Completions has in its place."""
    options = fields.optional(body, "web_search_options", dict)
    tool = _find_search(tools_of(body), "tools") or options
    if tool is None:
        return None
    most = fields.optional(tool, "max_uses", int)
    return WebSearch(_read_domains(tool), _read_location(tool), most)


@remembered
def _find_search(tools: Any, path: str) -> dict[str, Any] | None:
    return next((tool for _, tool in _flattened(tools, path) if is_web_search(tool)), None)


def _flattened(tools: Any, path: str) -> Iterator[Declared]:
    names: set[str] = set()
    for outer, tool in fields.objects(fields.check(tools, list, path), path):
        if tool.get("type") != "namespace":
            yield outer, tool
            continue
        for place, inner in _inside(tool, outer):
            name = str(inner.get("name"))
            if name not in names:
                names.add(name)
                yield place, inner


def _inside(namespace: dict[str, Any], path: str) -> Iterator[Declared]:
    for place, tool in fields.members(namespace, "tools", path):
        if tool.get("type") == "namespace":
            yield from _inside(tool, place)
        else:
            yield place, tool


def _is_callable(tool: dict[str, Any]) -> bool:
    match tool:
        case {"type": "function" | "custom"} | {"input_schema": _}:
            return True
        case {"type": str()}:
            return False
        case {"function": dict()} | {"custom": dict()} | {"name": str()}:
            return True  # of a client that tells no type
        case _:
            return False


def is_web_search(tool: dict[str, Any]) -> bool:
    """web_search, web_search_preview, and both with a date."""
    return _kind(tool).startswith("web_search")


def _kind(tool: dict[str, Any]) -> str:
    return str(tool.get("type"))[:LONGEST_KIND]


def _read_domains(tool: dict[str, Any]) -> tuple[str, ...]:
    match tool:
        case {"filters": {"allowed_domains": [*domains]}} | {"allowed_domains": [*domains]}:
            return tuple(domain for domain in domains if isinstance(domain, str))
        case _:
            return ()


def _read_location(tool: dict[str, Any]) -> dict[str, str] | None:
    match tool.get("user_location"):
        case {"approximate": dict(place)} | {"type": "approximate", **place}:
            known = ("city", "region", "country", "timezone")
            return {name: text for name in known if isinstance(text := place.get(name), str)}
        case _:
            return None
