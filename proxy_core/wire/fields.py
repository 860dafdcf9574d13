"""Typed access to the fields of a client's JSON, with errors that name the field.

Anthropic writes `messages.1.content.0.text: Field required`, and clients match on it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from proxy_core.conversation import Content, Text
from proxy_core.errors import BadRequest
from proxy_core.wire.members import Members
from proxy_core.wire.pieces import Piece

T = TypeVar("T")

# Characters. An honest one is far shorter; a longer one would only fill logs and replies.
LONGEST_MODEL = 256  # of a model's name, as on Anthropic's own API
LONGEST_STOPS = 4_096  # all stop sequences together: every piece of a reply is held against each

LONGEST_QUOTE = 64  # of a client's own word that an error repeats

# the words of Anthropic's own API
WORDS: dict[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
}
_AS_GOOD: dict[type, type] = {int: float, Members: list}


def note(fields: dict[str, Any], name: str) -> str:
    """A text for the model; what is none says nothing, and is no reason to refuse the rest."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def schema(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """The JSON schema under the first of the names that has one, and the same goes for it."""
    return next((fields[name] for name in names if isinstance(fields.get(name), dict)), {})


def required(fields: dict[str, Any], name: str, type: type[T], path: str = "") -> T:
    value = fields.get(name)
    if value is None:
        raise BadRequest(f"{_join(path, name)}: Field required")
    return check(value, type, _join(path, name))


def optional(fields: dict[str, Any], name: str, type: type[T], path: str = "") -> T | None:
    value = fields.get(name)
    return None if value is None else check(value, type, _join(path, name))


def up_to(fields: dict[str, Any], name: str, most: int) -> float | None:
    """An optional number that is not negative."""
    value = optional(fields, name, float)
    if value is not None and not 0 <= value <= most:
        raise BadRequest(f"{name}: Input should be between 0 and {most}")
    return value


def at_most(most: int, text: str, path: str) -> str:
    if len(text) > most:
        raise BadRequest(f"{path}: String should have at most {most} characters")
    return text


def texts(fields: dict[str, Any], name: str, longest: int) -> Iterator[str]:
    """The strings of an optional list, which together are no longer than that."""
    left = longest
    for index, text in enumerate(optional(fields, name, list) or ()):
        left -= max(1, len(check(text, str, f"{name}.{index}")))
        if left < 0:
            raise BadRequest(f"{name}: All together should have at most {longest} characters")
        yield text


def members(fields: dict[str, Any], name: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """The objects of an optional list, each with its own path."""
    listed = optional(fields, name, list, path) or []
    return objects(listed, _join(path, name))


def read_members(
    fields: dict[str, Any], name: str, read: Callable[..., T], *context: Any
) -> list[T]:
    """What a remembered reader makes of each object of an optional list."""
    return read_each(optional(fields, name, list) or [], name, read, *context)


def read_each(
    listed: Any, path: str, read: Callable[..., T], *context: Any, start: int = 0
) -> list[T]:
    """The same of a list, whose first member has that index."""
    if listed.__class__ is Members:
        return listed.read(read, *context)
    return [read(member, place, *context) for place, member in objects(listed, path, start)]


def objects(listed: Iterable[Any], path: str, start: int = 0) -> Iterator[tuple[str, Any]]:
    for index, member in enumerate(listed, start):
        place = f"{path}.{index}"
        yield place, member if member.__class__ is Piece else check(member, dict, place)


def quoted(value: Any) -> str:
    """What a client has put where a word belongs, as an error repeats it."""
    if isinstance(value, str) and len(value) > LONGEST_QUOTE:
        return repr(f"{value[:LONGEST_QUOTE]}…")
    return repr(value) if isinstance(value, str | None) else f"<{WORDS[type(value)]}>"


def unexpected_tag(value: Any, expected: Iterable[str], path: str) -> BadRequest:
    """Clients know these words of Anthropic's, and go on without what they name."""
    tags = ", ".join(f"'{tag}'" for tag in sorted(expected))
    return BadRequest(
        f"{path}: Input tag {quoted(value)} found using 'type' does not match any of the expected "
        f"tags: {tags}"
    )


def only_texts(parts: Iterable[Content], path: str) -> Iterator[Text]:
    """What neither system nor assistant messages can hold upstream is refused, not lost."""
    for part in parts:
        if not isinstance(part, Text):
            raise BadRequest(f"{path}: only a user or a tool can send images and files")
        yield part


def check(value: Any, type: type[T], path: str) -> T:
    kind = value.__class__
    if kind is not type and _AS_GOOD.get(kind) is not type:
        raise BadRequest(f"{path}: Input should be a valid {WORDS[type]}")
    checked: T = value
    return checked


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
