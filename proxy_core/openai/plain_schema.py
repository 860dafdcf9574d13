"""Tells, in one pass in C, whether a schema is one that Azure takes as it stands.

Nearly every parameter of every tool is: a type, a description, a few values. Such a schema need not
be walked through. Whatever this file does not know is not plain, and for schema_repair.py to look
at: all that it says is that what it calls plain is left as it is there (a property test holds it
to that).
"""

from typing import Annotated, Any

import msgspec

MOST = 100  # objects inside of one that is plain: so it cannot be too deep


_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Schema(msgspec.Struct, tag_field="type", forbid_unknown_fields=True, gc=False):
    title: str = ""
    description: str = ""
    default: Any = None
    enum: Annotated[list[Any], msgspec.Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    format: str = ""
    minLength: _Count = 0
    maxLength: _Count = 0
    minItems: _Count = 0
    maxItems: _Count = 0
    minimum: float = 0
    maximum: float = 0
    exclusiveMinimum: float = 0
    exclusiveMaximum: float = 0


class _Text(_Schema, tag="string"): ...


class _Number(_Schema, tag="number"): ...


class _Integer(_Schema, tag="integer"): ...


class _Boolean(_Schema, tag="boolean"): ...


class _Null(_Schema, tag="null"): ...


class _Array(_Schema, tag="array", kw_only=True):
    items: "_Any"


class _Object(_Schema, tag="object", kw_only=True):
    properties: dict[str, "_Any"]
    required: list[str] = []
    additionalProperties: bool = True

    def __post_init__(self) -> None:
        names = {*self.required}
        if len(names) < len(self.required):
            raise ValueError("a name is required twice")
        if not (self.additionalProperties or names <= self.properties.keys()):
            raise ValueError("what is required must not be there")


class _Parameters(_Object, tag="object", kw_only=True, rename={"draft": "$schema"}):
    """Of a function. The values of an object as a whole are nothing Azure takes."""

    draft: str = ""
    enum: msgspec.UnsetType = msgspec.UNSET


_Any = _Text | _Number | _Integer | _Boolean | _Null | _Array | _Object

# without the second a type could be missing
_decode = msgspec.json.Decoder(_Parameters | _Null).decode


def is_plain(parameters: bytes) -> bool:
    """Whether a function's parameters, as JSON, are valid as they stand."""
    if parameters.count(b"{") > MOST:
        return False
    try:
        return isinstance(_decode(parameters), _Parameters)
    except (ValueError, RecursionError):
        return False
