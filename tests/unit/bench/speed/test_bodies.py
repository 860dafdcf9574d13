"""The bench's requests are those of the clients they stand for."""

import json

import pytest

from tests.bench.speed import bodies
from tests.bench.speed.bodies import ANTHROPIC, CURSOR, DIALECTS, Dialect

BOTH = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
KB = 1000


@BOTH
@pytest.mark.parametrize("world", [False, True])
def test_a_body_has_about_104_kb(dialect: Dialect, world: bool) -> None:
    body = bodies.fresh(dialect, "a", world=world)
    assert 100 * KB < len(body) < 112 * KB
    assert body.isascii() is not world
    read = json.loads(body)
    assert len(read["tools"]) == bodies.TOOLS
    assert bodies.MESSAGES <= len(read["messages"]) <= bodies.MESSAGES + 2


@BOTH
def test_a_conversation_grows_by_a_call_and_its_result(dialect: Dialect) -> None:
    earlier, later = (json.loads(body) for body in bodies.growing(dialect, "a", 2))
    known = len(earlier["messages"])
    assert len(later["messages"]) == known + 2
    assert later["messages"][: known - 1] == earlier["messages"][:-1]
    assert {**later, "messages": 0} == {**earlier, "messages": 0}


def test_the_mark_of_the_cache_moves_to_the_last_message() -> None:
    for body in bodies.growing(ANTHROPIC, "a", 2):
        *others, last = json.loads(body)["messages"]
        assert "cache_control" in last["content"][-1]
        assert "cache_control" not in json.dumps(others)


def test_fresh_conversations_share_no_text() -> None:
    first, second = (json.loads(bodies.fresh(CURSOR, seed)) for seed in ("a", "b"))
    for name in ("messages", "tools"):
        descriptions = [json.dumps(value) for value in (*first[name], *second[name])]
        assert len({*descriptions}) == len(descriptions)


def test_the_same_seed_says_the_same() -> None:
    assert bodies.fresh(ANTHROPIC, "a") == bodies.fresh(ANTHROPIC, "a")


@BOTH
def test_every_call_has_its_result(dialect: Dialect) -> None:
    text = bodies.fresh(dialect, "a").decode()
    for number in range(bodies.MESSAGES // 2):
        assert text.count(f"_{number:024}") == 2


@pytest.mark.parametrize("size", [10 * KB, 300 * KB])
def test_a_long_conversation_has_the_size_that_was_asked_for(size: int) -> None:
    body = bodies.long_conversation("a", size)
    assert size * 0.8 < len(body) < size * 1.1
    texts = [json.dumps(message) for message in json.loads(body)["messages"]]
    assert len({*texts}) == len(texts)


def test_a_plain_body_is_one_message() -> None:
    assert json.loads(bodies.plain("hello"))["messages"] == [{"role": "user", "content": "hello"}]
