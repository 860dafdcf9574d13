"""Any JSON as a tool's schema becomes one that Azure accepts, and one pass is enough."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.openai.limits import fit_parameters, is_strict

leaves: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 5, "a", [], {}, [[]], ["a"], "object", "array", ["array", "null"]]
)
WITH_SCHEMAS = ["items", "additionalProperties", "not"]
WITH_LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"]
WITH_NAMES = ["properties", "$defs"]


def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from(["a", "b", "type", "enum"]), inner, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", ["object", "null"], None, 5]),
            "description": leaves,
            "required": st.sampled_from([None, [], ["a"], ["a", "b"], [[]], 5]),
            "additionalProperties": st.just(False) | inner,
            **dict.fromkeys(WITH_NAMES, named | leaves),
            **dict.fromkeys(WITH_LISTS, st.lists(inner, max_size=2) | leaves),
            **dict.fromkeys(["items", "not"], inner),
            **dict.fromkeys(["enum", "const", "default"], leaves),
        },
    )


schemas = st.recursive(leaves, extend, max_leaves=8).filter(lambda schema: isinstance(schema, dict))


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema, the outermost first; not the values of enum and the like."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in WITH_SCHEMAS:
        yield from subschemas(schema.get(key))
    for key in WITH_LISTS:
        members = schema.get(key)
        for member in members if isinstance(members, list) else ():
            yield from subschemas(member)
    for key in WITH_NAMES:
        named = schema.get(key)
        for member in named.values() if isinstance(named, dict) else ():
            yield from subschemas(member)


def is_a(schema: dict[str, Any], type: str) -> bool:
    declared = schema.get("type")
    return declared == type or (isinstance(declared, list) and type in declared)


@given(schemas)
def test_parameters(schema: Any) -> None:
    fitted = fit_parameters(schema)
    assert fitted["type"] == "object"
    assert not fitted.keys() & {"anyOf", "oneOf", "allOf", "enum", "not"}
    for part in subschemas(fitted):
        assert not is_a(part, "object") or isinstance(part["properties"], dict)
        assert not is_a(part, "array") or "items" in part
    assert fit_parameters(fitted) == fitted


@given(schemas)
def test_strict(schema: Any) -> None:
    if is_strict(schema):
        for part in subschemas(schema):
            assert isinstance(part["type"], str)
            if part["type"] == "object":
                assert part["additionalProperties"] is False
                assert {*part["required"]} == part["properties"].keys()
