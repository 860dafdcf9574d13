"""What `$ref` in a JSON schema points to."""

from typing import Any

import pytest

from proxy_core.openai.schema_references import (
    MOST_HOPS,
    find_target,
    inlined,
    leads_somewhere,
)

HERE = {"type": "string"}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/$defs/a", HERE),
        ("#/$defs/with~1slash", HERE),
        ("#/$defs/with~0tilde", HERE),
        ("#/$defs/with%20space", HERE),
        ("#/anyOf/1", HERE),
        ("#/anyOf/2", None),
        ("#/anyOf/-1", None),
        ("#/anyOf/" + "9" * 5_000, None),
        ("#/anyOf/1/type/x", None),
        ("#/nowhere/at/all", None),
        ("#a", None),
        ("", None),
        ("https://example.com/schema.json", None),
        ("other.json#/$defs/a", None),
    ],
)
def test_targets(reference: str, found: Any) -> None:
    names = ("a", "with/slash", "with~tilde", "with space")
    schema = {"$defs": dict.fromkeys(names, HERE), "anyOf": [{}, HERE]}
    assert find_target(schema, reference) == found
    assert leads_somewhere(schema, reference) is (found is not None)


def test_the_whole_is_a_target() -> None:
    assert find_target(HERE, "#") is HERE
    assert leads_somewhere(HERE, "#")


def chain(length: int) -> dict[str, Any]:
    named: dict[str, Any] = {str(n): {"$ref": f"#/$defs/{n + 1}"} for n in range(length)}
    return {"$ref": "#/$defs/0", "$defs": {**named, str(length): HERE}}


@pytest.mark.parametrize(
    ("schema", "leads"),
    [
        (chain(1), True),
        (chain(MOST_HOPS - 1), True),
        (chain(MOST_HOPS), False),
        ({"$defs": {"0": {"$ref": "#/$defs/0"}}}, False),
        ({"$defs": {"0": {"$ref": "#/$defs/1"}, "1": {"$ref": "#/$defs/0"}}}, False),
        ({"$defs": {"0": True}}, True),
        ({"$defs": {"0": []}}, False),
        ({"$defs": {"0": {"$ref": None}}}, True),
    ],
)
def test_ways_that_end(schema: Any, leads: bool) -> None:
    assert leads_somewhere(schema, "#/$defs/0") is leads


NODE: dict[str, Any] = {"properties": {"next": {"$ref": "#/$defs/Node"}}, "required": ["next"]}


@pytest.mark.parametrize(
    ("schema", "whole"),
    [
        (HERE, HERE),
        ({"$ref": "#/$defs/a", "$defs": {"a": HERE}}, {**HERE, "$defs": {"a": HERE}}),
        (chain(3), {**HERE, "$defs": chain(3)["$defs"]}),
        (chain(MOST_HOPS), {"$defs": chain(MOST_HOPS)["$defs"]}),
        ({"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}, {**NODE, "$defs": {"Node": NODE}}),
        ({"$ref": "#", "type": "object"}, {"type": "object"}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}}, {"$defs": {"a": {"$ref": "#"}}}),
        ({"$ref": "#/nowhere", "title": "t"}, {"title": "t"}),
        ({"$ref": None}, {"$ref": None}),
        (
            {
                "$ref": "#/definitions/a",
                "definitions": {"a": {**NODE, "title": "theirs"}},
                "title": "own",
                "properties": {"more": {}},
                "required": ["more"],
            },
            {
                "definitions": {"a": {**NODE, "title": "theirs"}},
                "title": "own",
                "properties": {**NODE["properties"], "more": {}},
                "required": ["next", "more"],
            },
        ),
    ],
)
def test_the_outermost_reference_is_inlined(schema: Any, whole: Any) -> None:
    assert inlined(schema) == whole
