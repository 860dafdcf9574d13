"""What Azure demands of names, ids and knobs, and how to meet it without losing anything.

Both OpenAI APIs share these rules; only their lengths differ. Names and ids that
do not fit are replaced by a readable head and a digest, the same each time, so a
call and its result still belong together and the prompt cache still matches.

Seen in Azure's refusals: `Invalid 'input[4].call_id': string too long`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from proxy_core.conversation import AnyTool, JsonSchema, Request, Tool
from proxy_core.deployments.models import Family
from proxy_core.openai.function_schema import fit_output_schema, fit_parameters
from proxy_core.openai.strict_mode import is_strict

if TYPE_CHECKING:  # the SDK is a development dependency: it types our output, it never runs
    from openai.types.shared_params import FunctionDefinition

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_DIGEST_LENGTH = 12


def write_function(tool: Tool, name_limit: int) -> FunctionDefinition:
    """A function as both APIs describe it."""
    parameters = fit_parameters(tool.parameters)
    return {
        **write_head(tool, name_limit),  # type: ignore[typeddict-item]  # a name is always there
        "parameters": parameters,
        "strict": tool.strict and is_strict(parameters),  # never left out: Azure may assume it
    }


def write_head(tool: AnyTool, name_limit: int) -> dict[str, str]:
    """What any tool is called and good for. Azure refuses empty descriptions in some places."""
    name = {"name": fit_name(tool.name, name_limit)}
    return {**name, "description": tool.description} if tool.description else name


def each_once(tools: Iterable[AnyTool]) -> Iterable[AnyTool]:
    """Of several tools with one name the first: a call could only mean one."""
    first: dict[str, AnyTool] = {}
    for tool in tools:
        first.setdefault(tool.name, tool)
    return first.values()


def write_output_schema(schema: JsonSchema) -> dict[str, Any]:
    """The form of a structured reply, as both APIs describe it."""
    fitted = fit_output_schema(schema)
    return {"name": "output", "schema": fitted, "strict": is_strict(fitted)}


def write_cache_key(request: Request, family: Family) -> str | None:
    """What Azure's prompt cache finds a conversation by; other makers' models refuse it."""
    if request.conversation_id is None or not family.openai:
        return None
    return request.conversation_id


def write_parallel(request: Request, family: Family) -> bool | None:
    if not request.tools or not family.parallel_tool_calls:
        return None
    return request.parallel_tool_calls


def fit_name(name: str, limit: int) -> str:
    """A tool's name as Azure accepts it: letters, digits, `_` and `-`, at most `limit` long."""
    if len(name) <= limit and _NAME.fullmatch(name):
        return name
    return _with_digest(_NOT_IN_NAMES.sub("_", name), name, limit)


def fit_id(id: str, limit: int) -> str:
    """A call's id, at most `limit` characters long."""
    return id if 0 < len(id) <= limit else _with_digest("call", id, limit)


def original_names(tools: Iterable[AnyTool], limit: int) -> Mapping[str, str]:
    """Name on the wire -> name the client gave, for the tools whose name had to change."""
    fitted = {fit_name(tool.name, limit): tool.name for tool in tools}
    return {wire: name for wire, name in fitted.items() if wire != name}


def _with_digest(head: str, whole: str, limit: int) -> str:
    tail = sha256(whole.encode(errors="replace")).hexdigest()[:_DIGEST_LENGTH]
    return f"{head[: limit - _DIGEST_LENGTH - 1]}_{tail}"
