"""Tools and structured output that Azure refuses, in either API's layout.

https://platform.openai.com/docs/guides/function-calling
"""

from typing import Any

from local.azure_simulator.checks import (
    check_array,
    check_keys,
    check_name,
    check_object,
    check_present,
    check_string,
)
from local.azure_simulator.refusals import invalid_request
from local.azure_simulator.schema_checks import find_schema_fault

MOST_TOOLS = 128
FUNCTION_KEYS = ("name", "description", "parameters", "strict")
CUSTOM_KEYS = ("name", "description", "format")


def check_tool_list(tools: Any) -> None:
    check_array("tools", tools, MOST_TOOLS)
    for number, tool in enumerate(tools):
        check_object(f"tools[{number}]", tool)
        check_present(f"tools[{number}]", tool, "type")


def check_function(
    path: str, function: dict[str, Any], longest_name: int, warnings: list[str]
) -> None:
    """`path` is where the name and the schema stand: the APIs nest them differently."""
    check_present(path, function, "name")
    check_name(f"{path}.name", function["name"], longest_name)
    if function.get("description") is not None:
        check_string(f"{path}.description", function["description"])
    if function.get("strict") is None:
        warnings.append(f"{path}: strict omitted")
    if function.get("parameters") is None:
        return
    fault = find_schema_fault(function["parameters"], function.get("strict") is True)
    if fault:
        message = f"Invalid schema for function '{function['name']}': {fault}"
        raise invalid_request(message, f"{path}.parameters", "invalid_function_parameters")


def check_custom(path: str, custom: dict[str, Any], longest_name: int) -> None:
    check_present(path, custom, "name")
    check_name(f"{path}.name", custom["name"], longest_name)
    form = custom.get("format")
    if isinstance(form, dict):
        check_present(f"{path}.format", form, "type")


def check_json_schema(path: str, form: dict[str, Any]) -> None:
    """`path` is where the name and the schema of structured output stand."""
    check_keys(path, form, ("type", "name", "description", "schema", "strict"))
    check_present(path, form, "name", "schema")
    check_name(f"{path}.name", form["name"], 64)
    check_object(f"{path}.schema", form["schema"])
    fault = find_schema_fault(form["schema"], form.get("strict") is True)
    if fault:
        message = f"Invalid schema for response_format '{form['name']}': {fault}"
        raise invalid_request(message, f"{path}.schema", "invalid_json_schema")


def check_choice_offered(name: Any, offered: set[str]) -> None:
    if name not in offered:
        raise invalid_request(
            f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice"
        )
