"""A request is the same, and so is what Azure gets, whether its pieces have come before or not."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core import anthropic_messages, cursor
from proxy_core.conversation import Request
from proxy_core.endpoints.body import DEEPEST, parse, read_body
from proxy_core.errors import BadRequest
from proxy_core.translation.call_digest import said_before
from proxy_core.translation.reasoning_trace import Trace, restored
from proxy_core.translation.upstreams import write_request
from proxy_core.wire import known_messages, members
from proxy_core.wire.json import encode_json
from proxy_core.wire.split_body import split
from tests.eager_memory import EagerMemory, remember_eagerly
from tests.fuzz.mutation import mutate, mutate_bytes
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import DEPLOYMENTS

Read = Callable[[dict[str, Any]], Request]


def read_cursor(body: dict[str, Any]) -> Request:
    asked = cursor.read_request(body, path_model="", default_effort="medium", display="details")
    return asked.request


READERS: dict[str, Read] = {
    "messages": anthropic_messages.read_request,
    "count": anthropic_messages.read_count_request,
    "cursor": read_cursor,
}


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> EagerMemory:
    monkeypatch.setattr(members, "STEP", 1)
    monkeypatch.setattr(known_messages, "RUN", 2)
    return remember_eagerly(monkeypatch)


def all_that_follows(read: Callable[[], Request]) -> Iterator[Any]:
    """From it: what the client is told, what each deployment is sent, or why nothing is."""
    try:
        request = read()
    except BadRequest as error:
        yield error.status, str(error)
        return
    before = said_before(request.messages)
    yield request, before, restored(request.messages, before, lambda _: Trace((), ()))
    for deployment in DEPLOYMENTS:
        try:
            yield encode_json(write_request(request, deployment))
        except BadRequest as error:
            yield error.status, str(error)


def afresh(body: bytes, read: Read) -> list[Any]:
    """Without a memory, and without the objects that one might have given back."""
    return [*all_that_follows(lambda: read(parse(bytes(body))))]


def remembering(body: bytes, read: Read) -> list[Any]:
    return [*all_that_follows(lambda: read_body(body, read))]


@st.composite
def turns(draw: st.DrawFn, target: str) -> list[bytes]:
    """Bodies of one conversation, in any order, each compact as clients write it; some are odd."""
    random = draw(st.randoms(use_true_random=True))
    whole = json.loads(draw(st.sampled_from(seeds(target))))
    earlier = [*beginnings(whole)]
    bodies = [compact(body) for body in (whole, *random.sample(earlier, min(2, len(earlier))))]
    bodies += [compact(json.loads(again)) for again in altered(bodies, random) if is_json(again)]
    bodies += [mutate_bytes(bodies[0], random)]
    return draw(st.permutations(bodies))


def compact(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def beginnings(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("messages", "input"):
        match body.get(name):
            case [*listed]:
                yield from ({**body, name: listed[:end]} for end in range(1, len(listed)))


def altered(bodies: list[bytes], random: Random) -> Iterator[bytes]:
    return (mutate(random.choice(bodies), random) for _ in range(3))


def is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("target", READERS)
@given(st.data())
def test_whatever_has_come_before(target: str, data: st.DataObject) -> None:
    read = READERS[target]
    bodies = data.draw(turns(target))
    expected = [afresh(body, read) for body in bodies]
    for _ in range(2):
        assert [remembering(body, read) for body in bodies] == expected


@pytest.mark.parametrize("target", READERS)
def test_genuine_bodies_are_read_in_pieces(target: str) -> None:
    read = READERS[target]
    for seed in seeds(target):
        body = compact(json.loads(seed))
        try:
            expected = read(parse(body))
        except BadRequest:
            continue
        for _ in range(2):
            assert read(split(body, DEEPEST)) == expected
