"""Reasoning -> signature -> the same reasoning; anything else -> nothing."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.anthropic_messages.signature import (
    PREFIX,
    UNSEALED,
    read_signature,
    write_signature,
)
from proxy_core.conversation import Origin, Reasoning
from proxy_core.deployments.models import FAMILIES

REASONING = Reasoning("rs_1", "gAAA", ("One.", "Zwei: ü"), Origin("r", "gpt-5.4"), "commentary")
FIELDS: dict[str, Any] = {
    "id": "rs_1",
    "origin": "o/gpt-5.4",
    "phase": None,
    "summary": [],
    "encrypted_content": "e",
}

text = st.text(st.characters(codec="utf-8"))


def sign(fields: Any) -> str:
    return PREFIX + base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


@given(
    st.builds(
        Reasoning,
        text,
        text,
        st.lists(text).map(tuple),
        st.none() | st.builds(Origin, text, st.sampled_from([f.prefix for f in FAMILIES])),
        st.sampled_from([None, "commentary", "final_answer"]),
    )
)
def test_reasoning_survives_the_round_trip(reasoning: Reasoning) -> None:
    signature = write_signature(reasoning)
    assert read_signature(signature) == reasoning
    assert signature.isascii()


def test_a_signature_of_this_form_will_be_read_in_future_releases() -> None:
    assert read_signature(sign(FIELDS)) == Reasoning("rs_1", "e", (), Origin("o", "gpt-5.4"))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "EqQBCgIYAhIk",  # Anthropic's own
        UNSEALED,
        write_signature(REASONING).removeprefix(PREFIX),
        write_signature(REASONING)[:-3],
        write_signature(REASONING) + "ü",
        PREFIX + base64.urlsafe_b64encode(b"\xff\xfe\xff").decode(),
        PREFIX + base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        sign([]),
        sign(FIELDS | {"id": 1}),
        sign(FIELDS | {"phase": "other"}),
        sign(FIELDS | {"summary": "One."}),
        sign(FIELDS | {"summary": [1]}),
        sign({key: value for key, value in FIELDS.items() if key != "origin"}),
    ],
)
def test_what_is_foreign_or_damaged_reads_as_nothing(signature: str) -> None:
    assert read_signature(signature) is None


@given(st.text())
def test_no_text_at_all_can_break_the_reader(signature: str) -> None:
    assert read_signature(signature) is None
    assert read_signature(PREFIX + signature) is None
