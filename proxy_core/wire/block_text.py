"""A block of content that Azure has no form for -> text that says the same.

https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview

Such are the calls and results of the tools that Anthropic runs itself (web search and fetch, code
execution, tool search, MCP servers, advisor), compactions, and whatever comes after them. Left
out are ids, seals that only Anthropic can open, and bytes that no text can hold.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.wire.json import to_readable_json

# They speak to the server and hold nothing that the model has read.
SILENT = frozenset({"fallback", "mcp_tool_listing"})
# Fields that say nothing to a model; so do those whose names begin with `encrypted_`.
OPAQUE = frozenset(
    {"type", "id", "tool_use_id", "signature", "cache_control", "caller", "citations"}
)
LONGEST_KIND = 64  # characters


def tell(block: Mapping[str, Any]) -> str:
    """Empty where there is nothing to tell."""
    match block:
        case {"type": str(type)} if type in SILENT:
            return ""
        case {"type": "server_tool_use", "name": "web_search"}:
            return f"Web search: {_query(block.get('input')) or '(unknown query)'}"
        case {"type": "web_search_tool_result", "content": list(pages)}:
            return "\n".join(
                ["Web search results:", *(map(_tell_page, pages) if pages else ["none"])]
            )
        case {"type": "web_search_tool_result", "content": {"error_code": str(code)}}:
            return f"The web search failed: {code}"
        case {"type": "compaction"}:
            summary = block.get("content")
            return f"Summary of what came before:\n{_tell(summary)}" if summary else ""
        case _:
            said = _tell_fields(block)
            if said == block.get("text"):  # nothing but that is in it
                return said
            return f"{_name_kind(block.get('type'))}:\n{said}" if said else ""


def _query(input: Any) -> Any:
    return input.get("query") if isinstance(input, dict) else None


def _tell_page(page: Any) -> str:
    match page:
        case {"type": "web_search_result"}:
            return f"- {page.get('title') or 'Untitled'}: {page.get('url') or 'no address'}"
        case _:
            return f"- {_tell(page)}"


def _name_kind(type: Any) -> str:
    """`bash_code_execution_tool_result` is called "Bash code execution tool result"."""
    name = type[:LONGEST_KIND] if isinstance(type, str) else "block"
    return name.replace("_", " ").capitalize()


def _tell(value: Any) -> str:
    match value:
        case str():
            return value
        case list():
            return "\n".join(map(_tell, value))
        case {"type": "base64"}:
            return f"({value.get('media_type') or 'data'}, left out)"
        case {"type": "text", "data": str(text)}:  # the source of a plain document
            return text
        case {"type": str()}:
            return _tell_fields(value)
        case _:
            return to_readable_json(value)


def _tell_fields(block: Mapping[str, Any]) -> str:
    told = dict(_said(block))
    if len(told) == 1 and told.keys() <= {"content", "text"}:
        return next(iter(told.values()))
    return "\n".join(f"{name}: {said}" for name, said in told.items())


def _said(block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in block.items():
        hidden = name in OPAQUE or name.startswith("encrypted_")
        if not hidden and value not in (None, "", [], {}):
            yield name, _tell(value)
