"""Whatever a body is: no line about it holds a secret of the settings, nor what nobody can read."""

import json
import random
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.reply.body_redaction import LONGEST_BODY, BodyRedaction
from proxy_core.wire.sse import encode_event

SECRETS = ("the-azure-key_0123", 'a "good" \\ token/+', "sécret tökén", "0" * 64)
REDACTION = BodyRedaction(SECRETS)

Wrap = Callable[[Any], Any]

WRAPS: tuple[Wrap, ...] = (
    lambda inner: {"content": inner, "model": "gpt-5.4"},
    lambda inner: {str(inner): 1},
    lambda inner: [1, inner, None],
    lambda inner: f"Say: {inner}, and no more.",
    lambda inner: {"arguments": json.dumps(inner)},
    lambda inner: {"arguments": json.dumps({"command": inner}, ensure_ascii=False)},
)
WRITES: tuple[Callable[[Any], bytes], ...] = (
    lambda body: json.dumps(body).encode(),
    lambda body: json.dumps(body, ensure_ascii=False, indent=1).encode(),
    lambda body: json.dumps(body).replace("/", "\\/").encode(),
    lambda body: encode_event({"type": "delta", "delta": body}, "delta") * 2,
    lambda body: b"event: a\r\ndata:" + json.dumps(body).encode() + b"\r\n\r\n",
    lambda body: str(body).encode(),
    lambda body: b"\xff not JSON " + json.dumps(body, ensure_ascii=False).encode(),
)
NAMES = ("data", "encrypted_content", "signature", "file_data", "Authorization", "x-api-key")
payloads = st.builds(
    lambda seed, size, encode: encode(random.Random(seed).randbytes(size)).decode(),
    st.integers(),
    st.integers(9, 600),
    st.sampled_from([b64encode, urlsafe_b64encode]),
)


def wrapped(wraps: list[Wrap], inner: Any) -> Any:
    for wrap in wraps:
        inner = wrap(inner)
    return inner


wraps = st.lists(st.sampled_from(WRAPS), max_size=3)


@given(st.sampled_from(SECRETS), wraps, st.sampled_from(WRITES), st.text(max_size=20))
def test_no_secret_of_the_settings(
    secret: str, wraps: list[Wrap], write: Callable[[Any], bytes], around: str
) -> None:
    seen = REDACTION.write(write(wrapped(wraps, f"{around}{secret}{around}")))
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert form not in seen


@given(payloads, st.sampled_from(NAMES), wraps, st.sampled_from(WRITES[:5]), st.integers(0, 60))
def test_no_payload_where_its_name_says_what_it_is(
    payload: str, name: str, wraps: list[Wrap], write: Callable[[Any], bytes], lost: int
) -> None:
    """Also where the end of the body is lost."""
    body = write(wrapped(wraps, {"type": "base64", name: payload, "more": 1}))
    assert payload not in REDACTION.write(body[: len(body) - lost])


@given(payloads, st.sampled_from(["image/png", "application/pdf", ""]), wraps, st.data())
def test_no_payload_of_a_data_url(payload: str, kind: str, wraps: list[Wrap], data: Any) -> None:
    body = data.draw(st.sampled_from(WRITES))(wrapped(wraps, f"data:{kind};base64,{payload}"))
    assert payload not in REDACTION.write(body)


@given(payloads.filter(lambda payload: len(payload) >= 220), wraps, st.data())
def test_no_long_payload_anywhere(payload: str, wraps: list[Wrap], data: Any) -> None:
    lines = [payload[at : at + 76] for at in range(0, len(payload), 76)]
    sent = data.draw(st.sampled_from([payload, "\n".join(lines), "\r\n".join(lines)]))
    seen = REDACTION.write(data.draw(st.sampled_from(WRITES))(wrapped(wraps, sent)))
    assert not [line for line in [payload, *lines[:2]] if line in seen]


@given(st.binary(max_size=300), st.integers(1, 400))
def test_any_bytes_fit_into_a_line(some: bytes, times: int) -> None:
    assert len(json.dumps(REDACTION.write(some * times))) <= LONGEST_BODY
