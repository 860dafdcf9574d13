"""JSON Schemas in few words: objects, lists and choices of Azure's wire formats."""

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

Shape = dict[str, Any]

ANY: Shape = {}
TEXT: Shape = {"type": "string"}
FILLED: Shape = {"type": "string", "minLength": 1}
FLAG: Shape = {"type": "boolean"}
NUMBER: Shape = {"type": "number"}
OBJECT: Shape = {"type": "object"}
NULL: Shape = {"type": "null"}
COUNT: Shape = {"type": "integer", "minimum": 0}


def text(most: int, pattern: str = "") -> Shape:
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": pattern}


def between(least: float, most: float) -> Shape:
    return {"type": "number", "minimum": least, "maximum": most}


def at_least(least: int) -> Shape:
    return {"type": "integer", "minimum": least}


def one_of(*values: Any) -> Shape:
    return {"enum": [*values]}


def either(*shapes: Shape) -> Shape:
    return {"anyOf": [*shapes]}


def maybe(shape: Shape) -> Shape:
    return either(shape, NULL)


def many(shape: Shape, least: int = 0, most: int | None = None) -> Shape:
    bounds = {"minItems": least} | ({} if most is None else {"maxItems": most})
    return {"type": "array", "items": shape, **bounds}


def closed(optional: dict[str, Shape] | None = None, /, **required: Shape) -> Shape:
    """An object with these members and no others: Azure refuses what it does not know."""
    fields = required | (optional or {})
    return {**_object(required, fields), "additionalProperties": False}


def open(optional: dict[str, Shape] | None = None, /, **required: Shape) -> Shape:
    """An object with at least these: Azure may say more at any time."""
    return _object(required, required | (optional or {}))


def _object(required: dict[str, Shape], fields: dict[str, Shape]) -> Shape:
    return {"type": "object", "properties": fields, "required": [*required]}


def check(validator: Draft202012Validator, value: Any) -> None:
    error = best_match(validator.iter_errors(value))
    assert error is None, f"{error.json_path}: {error.message}"
