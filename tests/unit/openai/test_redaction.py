"""A secret is taken out of whatever Azure says, in every spelling it may have there."""

import json
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.errors import UpstreamError, UpstreamTruncated
from proxy_core.openai.errors import read_error_body, read_error_event
from proxy_core.openai.redaction import redact, redact_error

KEY = "0123456789abcdef"
ODD = "aB3/+=-_9~" * 8 + "wxyz"  # 84 characters, as Azure's newer keys

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "json": lambda key: json.dumps(key)[1:-1],
    "json in quotes": json.dumps,
    "json with escaped slashes": lambda key: key.replace("/", r"\/"),
    "json escapes": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "json escapes in quotes": lambda key: '"' + "".join(f"\\u{ord(c):04X}" for c in key) + '"',
    "percent": lambda key: quote(key, safe=""),
    "percent, each character": lambda key: "".join(f"%{ord(c):02X}" for c in key),
    "form": quote_plus,
    "html": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "hexadecimal": lambda key: key.encode().hex(),
    "base64": lambda key: b64encode(key.encode()).decode(),
    "base64url": lambda key: urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 in a url": lambda key: quote(b64encode(key.encode()).decode(), safe=""),
    "base64 of a user and it": lambda key: b64encode(f"user:{key}".encode()).decode(),
    "base64 behind one more": lambda key: b64encode(f"user1:{key}@host".encode()).decode(),
    "base64 behind two more": lambda key: b64encode(f"user12:{key}@h".encode()).decode(),
    "base64 in lines": lambda key: encodebytes(key.encode()).decode(),
}
every_spelling = pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)


def leaks(text: str, spelled: str) -> bool:
    """Whether any longer part of it is left."""
    return any(spelled[i : i + 8] in text for i in range(len(spelled) - 8))


@pytest.mark.parametrize("key", [KEY, ODD])
@every_spelling
def test_a_secret_is_taken_out(key: str, spell: Callable[[str], str]) -> None:
    assert not leaks(redact(f"The key {spell(key)} is wrong.", key), spell(key))


@pytest.mark.parametrize("key", [KEY, ODD])
@every_spelling
def test_also_where_the_message_was_cleaned(key: str, spell: Callable[[str], str]) -> None:
    for words in (f"The key {spell(key)} is wrong.", f"{'x ' * 950}{spell(key)} is the key."):
        fields = {"error": {"message": words, "code": key, "param": key}}
        for error in (
            read_error_body(401, {"x-request-id": key}, json.dumps(fields).encode()),
            read_error_body(401, {}, words.encode()),
            read_error_body(401, {}, f"<html><title>{words}</title>".encode()),
            read_error_event(fields),
        ):
            said = redact_error(error, [key])
            assert not leaks(f"{said.message} {said.code} {said.param} {said}", spell(key))
            assert key not in said.request_id


@pytest.mark.parametrize(
    ("text", "secret", "left"),
    [
        (f"The key {KEY} of {KEY}.", KEY, "The key … of …."),
        ("invalid subscription key", "key", "invalid subscription key"),
        ("invalid subscription key", "", "invalid subscription key"),
        ("", KEY, ""),
        ("Nothing of it.", KEY, "Nothing of it."),
    ],
)
def test_nothing_else_is(text: str, secret: str, left: str) -> None:
    assert redact(text, secret) == left


@pytest.mark.parametrize("key", [KEY, ODD])
def test_an_address_that_holds_it(key: str) -> None:
    address = f"https://h/?api-key={quote(key, safe='')}&x=1"
    assert not leaks(redact(f"No {address}.", key), quote(key, safe=""))


def test_an_error_stays_what_it_is() -> None:
    error = UpstreamTruncated()
    assert redact_error(error, [KEY, ODD]) is error
    assert error.message == UpstreamTruncated().message
    waiting = UpstreamError(KEY, status=429, retry_after=7, advice="Wait.")
    assert vars(redact_error(waiting, [KEY])) == {**vars(waiting), "message": "…"}


@given(st.text(st.characters(codec="ascii", exclude_categories=["Z", "C"]), min_size=8), st.text())
def test_any_secret_in_any_text(secret: str, text: str) -> None:
    assert secret not in redact(f"{text}{secret}{text}", secret)
