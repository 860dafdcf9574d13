"""Whatever is declared as a JSON schema -> a valid one that says the same or less.

https://json-schema.org/draft/2020-12/json-schema-validation

Azure holds a schema against that draft, with patterns as Python's `re` reads them, and refuses the
whole request over one fault: `'int' is not valid under any of the given schemas`,
`'^\\p{L}' is not a 'regex'`. It also wants `properties` in objects and `items` in arrays.

Rules:
* what is valid goes through as the same object, so the prompt cache sees the same bytes;
* other spellings become today's (schema_spellings);
* a keyword with a value that it cannot have goes, and a schema that is none becomes {};
* where less below a keyword would mean that more is refused, the keyword goes as well.
"""

import re
from collections.abc import Callable, Mapping, Set
from operator import is_
from typing import Any

from proxy_core.conversation import JsonSchema
from proxy_core.openai.schema_references import leads_somewhere
from proxy_core.openai.schema_spellings import read_types, respell

DEEPEST = 100  # schemas inside of one another; what lies deeper is {}
LONGEST_PATTERN = 10_000  # characters: Azure compiles it, and so do we

# these refuse more where what stands below them says less; what becomes of them then
_TURNS_INTO: Mapping[str, str | None] = {"not": None, "if": None, "oneOf": "anyOf"}
# these speak of what no neighbour speaks of, and go with it
_SPEAK_OF_THE_REST: Mapping[str, tuple[str, ...]] = {
    "additionalProperties": ("properties", "patternProperties"),
    "items": ("prefixItems",),
}
_SPEAK_OF_ALL_THE_REST = ("unevaluatedProperties", "unevaluatedItems")

_ANCHOR = re.compile(r"[A-Za-z_][-A-Za-z0-9._]*")

GONE: Any = object()  # in place of a value: its keyword goes


def repair_schema(schema: Any) -> tuple[JsonSchema, Set[str]]:
    """The schema, and the references that are left in it. They may have lost their targets."""
    return _walk(schema, frozenset())


def drop_lost_references(schema: JsonSchema, references: Set[str]) -> JsonSchema:
    lost = {each for each in references if not leads_somewhere(schema, each)}
    if not lost:
        return schema
    schema, left = _walk(schema, lost)
    if all(leads_somewhere(schema, each) for each in left):
        return schema
    return _walk(schema, left)[0]  # targets went with others: rather none than one more round


def _walk(schema: Any, lost: Set[str]) -> tuple[JsonSchema, Set[str]]:
    walk = _Walk(lost)
    repaired = walk.schema(schema, 0)
    if not isinstance(repaired, dict):
        return {}, frozenset()
    if walk.respelled:  # `$schema` names the draft that it was spelled in
        repaired = {key: value for key, value in repaired.items() if key != "$schema"}
    return repaired, walk.references


class _Walk:
    """Once through a schema. A method takes a keyword's value, and gives it back repaired: the same
    object where it is valid, GONE where there is nothing valid in it."""

    def __init__(self, lost: Set[str]) -> None:
        self.references: set[str] = set()
        self.respelled = False
        self._lost = lost
        self._losses = 0  # how often something said had to go, so far

    def schema(self, value: Any, depth: int) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict) or depth > DEEPEST:
            self._losses += 1
            return {}
        schema, losses = respell(value), self._losses
        self.respelled |= schema is not value
        if changes := self._keywords(schema, depth + 1):
            schema = _change(schema, changes)
        if self._losses > losses:
            schema = _without_rest(schema, changes)
        if "required" in schema and schema.get("additionalProperties") is False:
            schema = self._without_forbidden(schema)
        return _complete(schema)

    def _without_forbidden(self, schema: JsonSchema) -> JsonSchema:
        """What is required and must not be there is not required."""
        allowed, required = schema.get("properties", {}), schema["required"]
        if "patternProperties" in schema or all(name in allowed for name in required):
            return schema
        self._losses += 1
        return {**schema, "required": [name for name in required if name in allowed]}

    def _keywords(self, schema: JsonSchema, depth: int) -> dict[str, Any]:
        """What changes: keyword -> value."""
        changes: dict[str, Any] = {}
        for keyword, value in schema.items():
            if (repair := _REPAIRS.get(keyword)) is None:
                continue
            losses = self._losses
            repaired = repair(self, value, depth)
            if repaired is GONE:
                self._losses += 1
            if self._losses > losses and keyword in _TURNS_INTO:
                changes[keyword] = GONE
                if (other := _TURNS_INTO[keyword]) and other not in schema:
                    changes[other] = repaired
            elif repaired is not value:
                changes[keyword] = repaired
        return changes

    def schemas_by_name(self, value: Any, depth: int) -> Any:
        return self._by_name(value, depth, self.schema)

    def schemas_by_pattern(self, value: Any, depth: int) -> Any:
        fits = isinstance(value, dict) and all(map(_is_pattern, value))
        return self.schemas_by_name(value, depth) if fits else GONE

    def names_by_name(self, value: Any, depth: int) -> Any:
        return self._by_name(value, depth, self.names)

    def dependencies(self, value: Any, depth: int) -> Any:
        """Of older drafts: the names that one name needs, or a schema."""
        return self._by_name(value, depth, self._dependency)

    def _dependency(self, value: Any, depth: int) -> Any:
        return (self.names if isinstance(value, list) else self.schema)(value, depth)

    def _by_name(self, value: Any, depth: int, repair: Callable[[Any, int], Any]) -> Any:
        if not isinstance(value, dict):
            return GONE
        changes = {}
        for name, member in value.items():
            if (repaired := repair(member, depth)) is not member:
                changes[name] = repaired
                self._losses += repaired is GONE
        return _change(value, changes) if changes else value

    def schemas(self, value: Any, depth: int) -> Any:
        if not isinstance(value, list) or not value:
            return GONE
        repaired = [self.schema(member, depth) for member in value]
        return value if all(map(is_, repaired, value)) else repaired

    def names(self, value: Any, depth: int) -> Any:
        if not isinstance(value, list):
            return GONE
        names = [*dict.fromkeys(name for name in value if isinstance(name, str))]
        if len(names) == len(value):
            return value
        self._losses += not all(isinstance(name, str) for name in value)
        return names

    def reference(self, value: Any, depth: int) -> Any:
        if not isinstance(value, str) or value in self._lost:
            return GONE
        self.references.add(value)
        return value

    def types(self, value: Any, depth: int) -> Any:
        types = read_types(value)
        return GONE if types is None else types


def _change(fields: JsonSchema, changes: Mapping[str, Any]) -> JsonSchema:
    return {key: value for key, value in {**fields, **changes}.items() if value is not GONE}


def _without_rest(schema: JsonSchema, changes: Mapping[str, Any]) -> JsonSchema:
    lost = {keyword for keyword, value in changes.items() if value is GONE}
    rest = [key for key, others in _SPEAK_OF_THE_REST.items() if not lost.isdisjoint(others)]
    return _change(schema, dict.fromkeys((*rest, *_SPEAK_OF_ALL_THE_REST), GONE))


def _complete(schema: JsonSchema) -> JsonSchema:
    """With the `properties` and `items` that Azure asks for."""
    if "properties" not in schema and _is(schema, "object"):
        schema = {**schema, "properties": {}}
    if "items" not in schema and _is(schema, "array"):
        schema = {**schema, "items": {}}
    return schema


def _is(schema: JsonSchema, type: str) -> bool:
    declared = schema.get("type")
    return declared == type or (isinstance(declared, list) and type in declared)


def _is_pattern(text: Any) -> bool:
    if not isinstance(text, str) or len(text) > LONGEST_PATTERN:
        return False
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError, Warning):  # where warnings are errors
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


Repair = Callable[[_Walk, Any, int], Any]


def _only(is_valid: Callable[[Any], bool]) -> Repair:
    return lambda walk, value, depth: value if is_valid(value) else GONE


# Values of other keywords, known or not, may be anything: `const` and `default` among them.
_REPAIRS: Mapping[str, Repair] = {
    **dict.fromkeys(
        ("items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else",
         "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
        _Walk.schema,
    ),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), _Walk.schemas),
    **dict.fromkeys(
        ("properties", "$defs", "definitions", "dependentSchemas"), _Walk.schemas_by_name
    ),
    "patternProperties": _Walk.schemas_by_pattern,
    "dependencies": _Walk.dependencies,
    "dependentRequired": _Walk.names_by_name,
    "required": _Walk.names,
    "type": _Walk.types,
    "$ref": _Walk.reference,
    "enum": _only(lambda value: isinstance(value, list) and len(value) > 0),
    "examples": _only(lambda value: isinstance(value, list)),
    **dict.fromkeys(
        ("title", "description", "format", "$schema", "$comment", "contentEncoding",
         "contentMediaType"),
        _only(lambda value: isinstance(value, str)),
    ),
    "pattern": _only(_is_pattern),
    "$anchor": _only(lambda value: isinstance(value, str) and bool(_ANCHOR.fullmatch(value))),
    "$id": _only(lambda value: isinstance(value, str) and "#" not in value.removesuffix("#")),
    **dict.fromkeys(
        ("uniqueItems", "deprecated", "readOnly", "writeOnly"),
        _only(lambda value: isinstance(value, bool)),
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
         "minContains", "maxContains"),
        _only(_is_count),
    ),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _only(_is_number)
    ),
    "multipleOf": _only(lambda value: _is_number(value) and value > 0),
    **dict.fromkeys(
        ("$vocabulary", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"),
        _only(lambda value: False),
    ),
}  # fmt: skip
