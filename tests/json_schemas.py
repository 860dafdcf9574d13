"""Strategies for JSON schemas: plain ones that are fine, and odd ones as servers declare them."""

from typing import Any

from hypothesis import strategies as st

from proxy_core.conversation import Tool
from proxy_core.openai.tools import read_tools

leaves: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 5, -1, 2.5, 3.0, "", "a", "string", "int", "^a", "(", "\\p{L}", "#",
     "#/$defs/a", "#/$defs/b", "#/properties/a", "#/items/0", "#/not", "#/nowhere/x",
     "https://x.y/z", [], {}, [[]], ["a"], ["a", "a"], ["string", "null"], ["int", "odd"]]
)  # fmt: skip
json_values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=4,
)

_patterns = st.sampled_from(["^a", "(", "\\p{L}", ""])
NAMES = ["a", "b", "type", "required"]
WITH_SCHEMA = [
    "items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema", "additionalItems",
]  # fmt: skip
WITH_LIST = ["anyOf", "oneOf", "allOf", "prefixItems", "items"]
WITH_NAMES = ["properties", "$defs", "definitions", "dependentSchemas", "dependencies"]
WITH_VALUE = [
    "type", "enum", "const", "default", "examples", "required", "description", "title", "format",
    "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxItems", "uniqueItems", "deprecated", "dependentRequired", "$ref", "$schema",
    "$id", "$anchor", "$dynamicRef", "$vocabulary", "x-odd", "nullable",
]  # fmt: skip


def _extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    members = [
        *(st.tuples(st.just(key), inner) for key in WITH_SCHEMA),
        *(st.tuples(st.just(key), st.lists(inner, max_size=3) | inner) for key in WITH_LIST),
        *(st.tuples(st.just(key), named | leaves) for key in WITH_NAMES),
        *(st.tuples(st.just(key), json_values) for key in WITH_VALUE),
        st.tuples(st.just("type"), st.sampled_from(["object", "array", ["object", "null"]])),
        st.tuples(st.just("patternProperties"), st.dictionaries(_patterns, inner, max_size=2)),
    ]  # fmt: skip
    return st.lists(st.one_of(members), max_size=5).map(dict)


odd_schemas: st.SearchStrategy[Any] = st.recursive(leaves, _extend, max_leaves=10)

_texts = st.sampled_from(["", "a", "naïve"])
_plain: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "null", ["string", "null"]])},
        optional={"description": _texts, "default": json_values, "pattern": st.just("^a+$"),
                  "minLength": st.just(1), "enum": st.just(["a", None]), "format": _texts,
                  "exclusiveMinimum": st.just(0.5), "x-odd": json_values, "title": _texts},
    )
    | st.sampled_from([True, {}, {"$ref": "#/$defs/Odd Name"}, {"$ref": "#"}, {"const": None}]),
    lambda inner: (
        st.fixed_dictionaries(
            {"type": st.just("object"),
             "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)},
            optional={"additionalProperties": inner, "required": st.just(["c"]),
                      "patternProperties": st.dictionaries(st.just("^x-"), inner)},
        )
        | st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner},
            optional={"prefixItems": st.lists(inner, min_size=1, max_size=2)},
        )
        | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)})
        | st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2), "not": inner})
    ),
    max_leaves=6,
)  # fmt: skip
plain_schemas: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "type": st.just("object"),
        "properties": st.dictionaries(st.sampled_from(NAMES), _plain, max_size=3),
        "$defs": st.just({"Odd Name": {"type": "string"}}),
    },
    optional={"$schema": st.just("http://json-schema.org/draft-07/schema#"), "description": _texts},
)


_nearly_plain: st.SearchStrategy[Any] = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean", "null"])},
        optional={"description": _texts, "default": json_values, "enum": st.just(["a", None])},
    ),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries(
            {"type": st.just("object"),
             "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)},
            optional={"additionalProperties": st.booleans(),
                      "required": st.lists(st.sampled_from(NAMES), max_size=2)},
        )
        | st.tuples(inner, st.sampled_from(WITH_VALUE), leaves).map(
            lambda spoiled: {**spoiled[0], spoiled[1]: spoiled[2]}
        )
    ),
    max_leaves=6,
)  # fmt: skip
# most of them valid at a glance, and many with one thing in them that may be anything
nearly_plain_schemas: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"type": st.just("object"),
     "properties": st.dictionaries(st.sampled_from(NAMES), _nearly_plain, max_size=3)},
    optional={"required": st.lists(st.sampled_from(NAMES), max_size=2),
              "additionalProperties": st.booleans(), "enum": st.just([{}]), "title": leaves},
)  # fmt: skip


def as_tool(declared: Any) -> Tool:
    """A tool that declares it, as it is read."""
    (tool,) = read_tools({"tools": [{"type": "function", "name": "t", "parameters": declared}]})
    assert isinstance(tool, Tool)
    return tool
