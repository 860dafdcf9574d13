import pytest

from tests.bench.speed.orders import Answer, Order


@pytest.mark.parametrize("kind", ["growing", "fresh", "one", "long", "plain", "letters"])
def test_each_client_has_a_body_for_each_turn(kind: str) -> None:
    order = Order(port=1, kind=kind, turns=2, size=5_000)
    assert Order.read(order.line()) == order
    bodies = order.bodies_of(0)
    assert len(bodies) == 2
    assert (bodies[0] == bodies[1]) is (kind == "one")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no bodies of the kind none"):
        Order(port=1, kind="none").bodies_of(0)


def test_an_answer_is_read_as_it_was_written() -> None:
    answer = Answer(
        streams=4, elapsed=2.0, cpu=0.1, firsts=[1, 3, 2], waits=[(0.0, 0.1), (0.5, 0.3)]
    )
    read = Answer.read(answer.line())
    assert (read.rate, read.cpu_each, read.first) == (2.0, 0.025, 2)
    assert (read.wait(50), read.longest_wait) == (0.3, 0.3)
    assert [tuple(wait) for wait in read.waits] == answer.waits


def test_nothing_is_nothing() -> None:
    nothing = Answer()
    assert (nothing.rate, nothing.cpu_each, nothing.first, nothing.longest_wait) == (0, 0, 0, 0)
