"""Other spellings in JSON schemas -> those of today's draft: older drafts', other languages'.

https://json-schema.org/draft/2020-12/release-notes
"""

from typing import Any

from proxy_core.conversation import JsonSchema

TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
ANY = "any"  # whatever is called so accepts every value

# in lower case
_OTHER_NAMES = {
    **{type: type for type in TYPES},
    **dict.fromkeys(("str", "text", "char", "varchar", "enum", "date", "datetime"), "string"),
    **dict.fromkeys(("int", "int32", "int64", "long", "uint"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "num", "numeric"), "number"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("dict", "dictionary", "map", "record", "struct"), "object"),
    **dict.fromkeys(("list", "tuple", "set"), "array"),
    **dict.fromkeys(("none", "nil", "undefined"), "null"),
    **dict.fromkeys(("any", "unknown", "mixed"), ANY),
}

_GONE: Any = object()
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def read_types(declared: Any) -> Any:
    """What `type` says in today's names, the same object where it does already; None: nothing."""
    match declared:
        case str() if declared in TYPES:
            return declared
        case str():
            name = _OTHER_NAMES.get(declared.lower(), ANY)
            return None if name == ANY else name
        case [_, *_] if all(isinstance(name, str) for name in declared):
            return _read_type_list(declared)
        case _:
            return None


def _read_type_list(declared: list[str]) -> list[str] | None:
    names = map(str.lower, declared)
    # a name that nobody knows stands for no value, so nothing is lost with it
    known = [*dict.fromkeys(_OTHER_NAMES[name] for name in names if name in _OTHER_NAMES)]
    if not known or ANY in known:
        return None
    return declared if known == declared else known


def respell(schema: JsonSchema) -> JsonSchema:
    """The same object where its keywords are today's."""
    changes = {**_respell_tuple(schema), **_respell_limits(schema), **_respell_required(schema)}
    if not changes:
        return schema
    return {key: value for key, value in {**schema, **changes}.items() if value is not _GONE}


def _respell_tuple(schema: JsonSchema) -> JsonSchema:
    """A list of `items`, of which `additionalItems` is the rest."""
    if not isinstance(items := schema.get("items"), list):
        return {}
    rest = schema.get("additionalItems")
    return {
        "prefixItems": schema.get("prefixItems") or items,
        "items": rest if isinstance(rest, dict) else {},
        "additionalItems": _GONE,
    }


def _respell_limits(schema: JsonSchema) -> JsonSchema:
    """`exclusiveMinimum: true` beside a `minimum`."""
    changes: dict[str, Any] = {}
    for exclusive, limit in _EXCLUSIVE.items():
        match schema.get(exclusive):
            case True:
                changes |= {exclusive: schema.get(limit, _GONE), limit: _GONE}
            case False:
                changes[exclusive] = _GONE
    return changes


def _respell_required(schema: JsonSchema) -> JsonSchema:
    """`required: true` inside of a property."""
    match schema.get("properties"):
        case {**properties}:
            marked = [name for name in properties if _is_marked(properties[name])]
        case _:
            return {}
    listed = schema.get("required")
    return {"required": (listed if isinstance(listed, list) else []) + marked} if marked else {}


def _is_marked(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("required") is True
