"""JSON Schema -> a small value that is valid for it.

Serves structured output and the arguments of tools nobody gave arguments for.
"""

from typing import Any

DEPTH = 24  # a recursive schema must end somewhere
STRINGS_BY_FORMAT = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "127.0.0.1",
}
TEXT = "simulated"


def sample(schema: Any) -> Any:
    return _sample(schema, schema, DEPTH)


def _sample(schema: Any, root: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth == 0:
        return None if depth == 0 else TEXT
    schema = _resolve(schema, root, depth)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for keyword in ("anyOf", "oneOf"):
        if schema.get(keyword):
            return _sample(_simplest(schema[keyword]), root, depth - 1)
    match _kind(schema):
        case "object":
            return _sample_object(schema, root, depth)
        case "array":
            return _sample_array(schema, root, depth)
        case "integer" | "number":
            return _sample_number(schema)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return _sample_string(schema)


def _resolve(schema: dict[str, Any], root: Any, depth: int) -> dict[str, Any]:
    """Follow a `$ref` into the same document and join `allOf`."""
    while isinstance(schema.get("$ref"), str) and depth:
        target: Any = root
        for step in schema["$ref"].removeprefix("#").split("/")[1:]:
            target = target.get(step.replace("~1", "/").replace("~0", "~"), {})
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        depth -= 1
    for member in schema.get("allOf", ()):
        part = _resolve(member, root, depth - 1) if depth else {}
        joined = {**part, **schema}
        joined["properties"] = {**part.get("properties", {}), **schema.get("properties", {})}
        joined["required"] = [*part.get("required", []), *schema.get("required", [])]
        schema = joined
    return {key: value for key, value in schema.items() if key != "allOf"}


def _simplest(schemas: list[Any]) -> Any:
    """The first alternative; null only where there is no other."""
    values = [schema for schema in schemas if schema != {"type": "null"}]
    return (values or schemas)[0]


def _kind(schema: dict[str, Any]) -> str:
    declared = schema.get("type")
    if isinstance(declared, list):
        return next((kind for kind in declared if kind != "null"), "null")
    if declared is None:
        return "object" if schema.get("properties") else "array" if "items" in schema else "string"
    return str(declared)


def _sample_object(schema: dict[str, Any], root: Any, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {
        name: _sample(properties.get(name, {}), root, depth - 1)
        for name in schema.get("required", ())
    }


def _sample_array(schema: dict[str, Any], root: Any, depth: int) -> list[Any]:
    item = schema.get("items", {})
    return [_sample(item, root, depth - 1) for _ in range(schema.get("minItems", 0))]


def _sample_number(schema: dict[str, Any]) -> float:
    step = schema.get("multipleOf", 1)
    lowest = schema.get("minimum", min(0, schema.get("maximum", 0)))
    if "exclusiveMinimum" in schema:
        lowest = schema["exclusiveMinimum"] // step * step + step
    value: float = -(-lowest // step) * step
    return int(value) if schema.get("type") == "integer" else value


def _sample_string(schema: dict[str, Any]) -> str:
    text = STRINGS_BY_FORMAT.get(schema.get("format", ""), TEXT)
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]
