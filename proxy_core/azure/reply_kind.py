"""What the body of a success is. Gateways mislabel it, so it is told by how it begins."""

from typing import Literal

Kind = Literal["stream", "json", "other"]

LONGEST_HEAD = 64 * 1024  # bytes of white space that are waited through

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


def tell_kind(head: bytes, content_type: str) -> Kind | None:
    """None: more must come before it can be told."""
    head = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    match head[:1]:
        case b"{" | b"[":
            return "json"
        case b"<":
            return "other"
    if head.startswith(_FIELDS):
        return "stream"
    if any(field.startswith(head) for field in _FIELDS):
        return None
    return kind_by_type(content_type)


def kind_by_type(content_type: str) -> Kind:
    name = content_type.partition(";")[0].strip().lower()
    if name == "application/json" or name.endswith("+json"):
        return "json"
    return "stream" if name in ("text/event-stream", "") else "other"
