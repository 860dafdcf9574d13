"""Ids of calls as each family takes them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.deployments.models import find_family
from proxy_core.openai_chat.call_ids import write_call_id

MISTRAL, GPT = find_family("mistral-large-3"), find_family("gpt-5.4")


@pytest.mark.parametrize(
    "id", ["", "call_1", "toolu_01ABC", "x" * 200, "abcdefghé", "12345678", "1234567890"]
)
def test_mistral_gets_nine_letters_and_digits(id: str) -> None:
    written = write_call_id(id, MISTRAL)
    assert re.fullmatch("[a-zA-Z0-9]{9}", written)
    assert written == write_call_id(id, MISTRAL)


def test_an_id_of_its_own_stays() -> None:
    assert write_call_id("aB3dE6gH9", MISTRAL) == "aB3dE6gH9"


@given(st.sets(st.text(max_size=20), max_size=50))
def test_different_ids_stay_different(ids: set[str]) -> None:
    assert len({write_call_id(id, MISTRAL) for id in ids}) == len(ids)


def test_many_calls_of_one_conversation_do_not_meet() -> None:
    assert len({write_call_id(f"call_{n}", MISTRAL) for n in range(20_000)}) == 20_000


@pytest.mark.parametrize(("id", "length"), [("call_1", 6), ("x" * 40, 40), ("x" * 41, 17)])
def test_other_families_take_forty_characters(id: str, length: int) -> None:
    assert len(write_call_id(id, GPT)) == length
    assert (write_call_id(id, GPT) == id) == (len(id) <= 40)
