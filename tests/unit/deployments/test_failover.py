import pytest
from msgspec.structs import replace

from proxy_core.conversation import Message, Origin, Reasoning, Request, Text
from proxy_core.deployments.failover import (
    LONGEST_REST,
    MOST_CONVERSATIONS,
    MOST_RESTING,
    SHORTEST_REST,
    Failover,
)
from proxy_core.deployments.models import Deployment, find_family

FAMILY = find_family("gpt-5.4")
A, B, C = (Deployment("gpt-5.4", "responses", FAMILY, name) for name in "abc")
ALL = replace(A, elsewhere=(B, C))
PLAIN = Request("claude", (Message("user", (Text("hi"),)),))


def conversation(id: str | None = None, *resources: str) -> Request:
    """One that was answered with reasoning from these resources, the latest last."""
    origins = (Origin(resource, "gpt-5.4") if resource else None for resource in resources)
    thoughts = (Message("assistant", (Reasoning("rs", "gA", (), o), Text("."))) for o in origins)
    return replace(PLAIN, conversation_id=id, messages=(*PLAIN.messages, *thoughts))


def chosen(failover: Failover, request: Request = PLAIN, now: float = 0.0) -> str:
    return failover.choose(ALL, request, now).resource


def moved(failover: Failover, *failed: str, request: Request = PLAIN, wait: float = 0.0) -> str:
    place = failover.move(ALL, request, failed, wait, 0.0)
    return place.resource if place else ""


def test_the_first_resource_is_asked_first() -> None:
    assert chosen(Failover()) == "a"


def test_a_conversation_stays_where_its_last_reasoning_is_from() -> None:
    request = conversation(None, "a", "b")
    assert chosen(Failover(), request) == "b"
    assert chosen(Failover(), conversation(None, "elsewhere")) == "a"
    assert chosen(Failover(), conversation(None, "")) == "a"


def test_without_reasoning_this_process_remembers_where_it_went() -> None:
    failover = Failover()
    assert moved(failover, "a", request=conversation("c1")) == "b"
    later = SHORTEST_REST + 1
    assert chosen(failover, conversation("c1"), later) == "b"
    assert chosen(failover, conversation("c1", "elsewhere"), later) == "b"
    assert chosen(failover, conversation("c2"), later) == "a"
    assert chosen(failover, PLAIN, later) == "a"


def test_a_conversation_that_met_a_resting_resource_stays_away_too() -> None:
    failover = Failover()
    moved(failover, "a")
    assert chosen(failover, conversation("c1")) == "b"
    assert chosen(failover, conversation("c1"), SHORTEST_REST + 1) == "b"


def test_a_resource_that_failed_rests_for_all() -> None:
    failover = Failover()
    assert moved(failover, "a") == "b"
    assert [chosen(failover, now=now) for now in (0, SHORTEST_REST - 1)] == ["b", "b"]
    assert chosen(failover, now=SHORTEST_REST) == "a"
    assert chosen(failover, conversation(None, "a")) == "b"


def test_it_rests_as_long_as_azure_asks_within_reason() -> None:
    failover = Failover()
    moved(failover, "a", wait=45)
    assert (chosen(failover, now=44), chosen(failover, now=45)) == ("b", "a")
    moved(failover, "a", wait=86_400)
    assert (chosen(failover, now=LONGEST_REST - 1), chosen(failover, now=LONGEST_REST)) == (
        "b",
        "a",
    )


def test_only_the_deployment_that_failed_rests() -> None:
    failover = Failover()
    moved(failover, "a")
    other = replace(A, name="mini", elsewhere=(replace(B, name="mini"),))
    assert failover.choose(other, PLAIN, 0.0).resource == "a"


def test_each_resource_is_moved_to_once_and_none_that_rests() -> None:
    failover = Failover()
    assert moved(failover, "a") == "b"
    assert moved(failover, "a", "b") == "c"
    assert moved(failover, "a", "b", "c") == ""
    assert moved(failover, "a") == ""  # b and c still rest


def test_while_all_rest_the_conversations_own_is_asked() -> None:
    failover = Failover()
    for failed in ("a", "ab", "abc"):
        moved(failover, *failed)
    assert chosen(failover) == "a"
    assert chosen(failover, conversation(None, "c")) == "c"


def test_a_single_resource_never_rests() -> None:
    failover = Failover()
    assert failover.move(A, PLAIN, ["a"], 60.0, 0.0) is None
    moved_by_another = failover.choose(ALL, PLAIN, 1.0)
    assert moved_by_another.resource == "a"


def test_of_waits_that_are_asked_for_at_once_the_longest_counts() -> None:
    failover = Failover()
    moved(failover, "a", wait=45)
    moved(failover, "a", wait=1)
    assert (chosen(failover, now=44), chosen(failover, now=45)) == ("b", "a")


@pytest.mark.parametrize(
    ("resources", "home"),
    [
        (["a", "b"], "b"),
        (["b", "a"], "a"),
        (["b", "c", "a"], "a"),
        (["b", "elsewhere"], "b"),
        (["c", "b", "elsewhere"], "b"),
    ],
)
def test_of_its_reasoning_the_latest_that_is_ours_counts(resources: list[str], home: str) -> None:
    assert chosen(Failover(), conversation(None, *resources)) == home
    parts = tuple(Reasoning("rs", "g", (), Origin(resource, "f")) for resource in resources)
    in_one_message = replace(PLAIN, messages=(*PLAIN.messages, Message("assistant", parts)))
    assert chosen(Failover(), in_one_message) == home


def settle(failover: Failover, number: int) -> None:
    assert failover.move(ALL, conversation(f"c{number}"), ["a"], 0.0, -1_000.0)


def test_conversations_are_bounded_and_the_one_longest_not_heard_of_goes_first() -> None:
    failover = Failover()
    for number in range(MOST_CONVERSATIONS):
        settle(failover, number)
    assert chosen(failover, conversation("c0")) == "b"
    settle(failover, MOST_CONVERSATIONS)
    assert chosen(failover, conversation("c0")) == "b"
    assert chosen(failover, conversation("c1")) == "a"
    assert chosen(failover, conversation("c2")) == "b"


def test_made_up_names_do_not_rest_without_bound() -> None:
    failover = Failover()
    for number in range(MOST_RESTING + 1):
        made_up = replace(ALL, name=f"m{number}")
        assert failover.move(made_up, PLAIN, ["a"], 60.0, 0.0)
    names = (replace(A, name=f"m{n}", elsewhere=(replace(B, name=f"m{n}"),)) for n in (0, 1))
    assert [failover.choose(name, PLAIN, 1.0).resource for name in names] == ["a", "b"]
