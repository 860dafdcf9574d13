"""An error's body, in whatever shape -> its fields: `message` is text, `code`, `param` beside it.

Azure and the gateways before it answer with `{"error": {...}}`, `{"error": "text"}`, a bare
`{"message"}` or `{"detail"}`, or FastAPI's list of problems, each with its place in the request.
And they put one inside another: JSON, or the text that Python prints for it or for its
bytes, as a message.
https://docs.litellm.ai/docs/exception_mapping, https://docs.pydantic.dev/latest/errors/errors/

Rules:
* what is inside a message is read only where it is all of the message, behind what a gateway is
  known to put before it, for a message may quote a client;
* the innermost error counts, and of several problems the first;
* a problem's `input` is never quoted.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.openai.error_text import is_page, quote_plain

# Where Azure and the gateways before it put their words.
MESSAGE_FIELDS = ("error_description", "message", "Message", "detail", "title")
MOST_NESTED = 4  # errors inside one another

NAME = re.compile(r"[\w.:\[\]-]{1,200}", re.ASCII)

_BEFORE = re.compile(
    r"\s*(?:litellm\.\w{1,60}: (?:\w{1,60}Error: )?){0,3}(?:\w{1,60}Exception(?: \w{1,60})? - )?"
    r"(?:Error code: \d{3} - )?(?:<\d{3}> [\w.]{1,100}: )?"
)
_BEHIND = re.compile(r"\.? ?Received Model Group=.*", re.DOTALL)
_SEVERAL = re.compile(r"\d{1,4} validation errors?:\s*\n")
_PYTHON = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\\.|[()]|,(?=\s*[\])}])|\b(?:None|True|False)\b""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BYTES = re.compile(r"""b(['"])([{\[].*)\1""", re.DOTALL)
_ESCAPED_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+|\\(.)", re.DOTALL)
_WHITE = {"n": "\n", "r": "\r", "t": "\t"}
_IN_JSON = {"(": "[", ")": "]", ",": "", "None": "null", "True": "true", "False": "false"}
_DATA = ("{", "[", '"{', '"[')  # how it begins; the latter in a string once more
_POINTER = re.compile(r"Validation error at #/([\w/]{1,200}): (.*)", re.DOTALL)
_EXTRA = re.compile(r"extra (?:inputs are|fields) not permitted", re.IGNORECASE)


def parse_error(text: str) -> Mapping[str, Any]:
    """The fields of a body that may be no JSON at all."""
    try:
        return read_fields(json.loads(text))
    except (ValueError, RecursionError):
        inner = _parse_python(text)
        if inner is not None:
            return read_fields(inner)
        return {"message": text if is_page(text) else quote_plain(text)}


def read_fields(body: Any, nested: int = MOST_NESTED) -> Mapping[str, Any]:
    fields = _open(body)
    for words in filter(None, map(fields.get, MESSAGE_FIELDS)):
        inner = _read_words(words, nested)
        if inner.get("message"):
            return {**fields, **inner}
    return {**fields, "message": ""}


def _open(body: Any) -> Mapping[str, Any]:
    match body:
        case {"error": dict(fields)} | [{"error": dict(fields)}, *_]:
            return fields
        case {"error": str(message)}:
            return {"message": message, **body}
        case [{"loc": _}, *_]:
            return {"detail": body}
        case dict(fields) | [dict(fields), *_]:
            return fields
        case str(message):
            return {"message": message}
        case _:
            return {}


def _read_words(words: Any, nested: int) -> Mapping[str, Any]:
    match words:
        case str(text):
            text = _BEHIND.sub("", text[_BEFORE.match(text).end() :])  # type: ignore[union-attr]
            inner = _unpack(text)
            found = _read_words(inner, nested - 1) if inner and nested else {}
            return found if found.get("message") else _read_pointer(text)
        case list(problems) if not _is_error(problems):
            return _read_problems(problems)
        case dict() | list():
            inner = read_fields(words, nested - 1) if nested else {}
            return {name: value for name, value in inner.items() if value is not None}
        case _:
            return {}


def _is_error(items: list[Any]) -> bool:
    match items:
        case [{"error": _}, *_]:
            return True
        case _:
            return False


def _unpack(text: str) -> Any:
    """What is all of a text, as JSON or as Python prints it; else None."""
    if several := _SEVERAL.match(text):
        lines = map(str.strip, text[several.end() :].splitlines())
        text = f"[{','.join(line for line in lines if line.startswith('{'))}]"
    if printed := _BYTES.fullmatch(text):
        text = _ESCAPED_BYTES.sub(_write_character, printed[2])
    if not text.startswith(_DATA):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _parse_python(text)


def _write_character(escaped: re.Match[str]) -> str:
    """What stands for it in the bytes of a body that Python has printed."""
    if character := escaped[1]:
        return _WHITE.get(character, character)
    return bytes.fromhex(escaped[0].replace(r"\x", "")).decode(errors="replace")


def _parse_python(text: str) -> Any:
    """Nothing is evaluated: its tokens are those of JSON, but for a few."""
    if not text.startswith(_DATA):
        return None
    try:
        return json.loads(_PYTHON.sub(_write_json, text))
    except (ValueError, RecursionError):
        return None


def _write_json(token: re.Match[str]) -> str:
    match token[0]:
        case str(quoted) if quoted.startswith(("'", '"')):
            return json.dumps(_ESCAPED.sub(r"\1", quoted[1:-1]))
        case other:
            return _IN_JSON.get(other, other)


def _read_pointer(text: str) -> Mapping[str, Any]:
    found = _POINTER.match(text)
    if not found:
        return {"message": text}
    fields = {"message": text, "param": found[1].replace("/", ".")}
    return {**fields, "code": "extra_forbidden"} if _EXTRA.match(found[2]) else fields


def _read_problems(problems: list[Any]) -> Mapping[str, Any]:
    fields: dict[str, Any] = {"message": " ".join(filter(None, map(_tell, problems)))}
    match problems:
        case [{"loc": [*place], "msg": str(words), **more}, *_]:
            fields["param"] = _write_place(place)
            fields["code"] = "extra_forbidden" if _EXTRA.match(words) else more.get("type")
    return fields


def _tell(problem: Any) -> str:
    match problem:
        case {"loc": [*place], "msg": str(words)} if where := _write_place(place):
            return f"{where}: {words}"
        case str(words) | {"msg": str(words)} | {"message": str(words)}:
            return words
        case _:
            return ""


def _write_place(place: Sequence[Any]) -> str:
    """`["body", "tools", 0, "function"]` as Azure writes it: `tools[0].function`."""
    steps = place[1:] if place[:1] in (["body"], ("body",)) else place
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    path = path.removeprefix(".")
    return path if NAME.fullmatch(path) else ""
