"""Any JSON as a tool's schema becomes one that Azure accepts, and one pass is enough."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from local.azure_simulator.schema_checks import find_schema_fault
from local.azure_simulator.schema_keywords import CHECKS, find_keyword_faults
from proxy_core.openai.function_schema import fit_output_schema, fit_parameters
from proxy_core.openai.plain_schema import is_plain
from proxy_core.openai.strict_mode import is_strict
from proxy_core.openai.tool_declaration import declare
from proxy_core.wire.json import encode_json
from tests.json_schemas import (
    as_tool,
    json_values,
    nearly_plain_schemas,
    odd_schemas,
    plain_schemas,
)


def is_accepted(schema: Any) -> bool:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return True


@given(odd_schemas)
def test_whatever_is_declared_becomes_parameters_that_azure_accepts(declared: Any) -> None:
    before = json.dumps(declared)
    tool = as_tool(declared)
    fitted = fit_parameters(tool.parameters)
    Draft202012Validator.check_schema(fitted)
    assert find_schema_fault(fitted, is_strict(fitted)) is None
    assert json.dumps(fit_parameters(fitted)) == json.dumps(fitted)
    assert json.dumps(declared) == before
    declare(tool)


@given(odd_schemas)
def test_whatever_is_declared_becomes_an_output_schema(declared: Any) -> None:
    fitted = fit_output_schema(as_tool(declared).parameters)
    Draft202012Validator.check_schema(fitted)
    assert json.dumps(fit_output_schema(fitted)) == json.dumps(fitted)
    if is_strict(fitted):
        assert find_schema_fault(fitted, strict=True) is None


@given(plain_schemas)
def test_what_azure_accepts_goes_up_to_the_byte(schema: Any) -> None:
    assert find_schema_fault(schema, strict=False) is None
    assert json.dumps(fit_parameters(schema)) == json.dumps(schema)


@given(nearly_plain_schemas)
def test_what_is_plain_needs_no_repair(schema: Any) -> None:
    if is_plain(encode_json(schema)):
        assert json.dumps(fit_output_schema(schema)) == json.dumps(schema)
        assert find_schema_fault(schema, strict=False) is None


@given(odd_schemas, st.lists(json_values, max_size=5))
def test_nothing_more_is_refused_than_before(declared: Any, inputs: list[Any]) -> None:
    """Where the schema has a meaning at all; references may lead in rings, which nobody reads."""
    if is_accepted(declared) and isinstance(declared, dict) and "$ref" not in json.dumps(declared):
        before = Draft202012Validator(declared)
        after = Draft202012Validator(fit_parameters(declared))
        for value in inputs:
            if isinstance(value, dict) and before.is_valid(value):
                assert after.is_valid(value)


@given(st.sampled_from(sorted(CHECKS)), json_values)
def test_the_simulator_knows_the_rules_of_json_schema(keyword: str, value: Any) -> None:
    """Its own table of them agrees with the official one."""
    alone = {keyword: value}
    assert (next(find_keyword_faults(alone), None) is None) == is_accepted(alone)
