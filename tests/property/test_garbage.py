"""Whatever comes in is either read or refused in our own words; nothing else ever happens."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.anthropic_messages import read_request
from proxy_core.conversation import Request
from proxy_core.errors import BadRequest, ProxyError
from proxy_core.exchange import write_request
from proxy_core.models import Deployment, UpstreamApi, find_family
from proxy_core.wire_json import to_json
from tests import grammar
from tests.bodies import BODIES, BODIES_WITH_FILES
from tests.contract.azure_wire import SCHEMAS, check_schema
from tests.property.strategies import garbage, mutated
from tests.streams import CHAT, RESPONSES, translate, translator

APIS: list[UpstreamApi] = ["responses", "chat"]

# --- Azure's stream ---------------------------------------------------------


def payloads(stream: bytes) -> list[Any]:
    lines = [line for line in stream.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line[6:]) for line in lines if line != b"data: [DONE]"]


WELL_FORMED = [
    (api, payloads(stream))
    for api, streams in (("responses", RESPONSES), ("chat", CHAT))
    for stream in streams.values()
]


def check_reply(api: UpstreamApi, stream: bytes, thinking: Any, streamed: bool) -> None:
    reader = translator(api, thinking=thinking, stream=streamed, stop=("zz",))
    written = translate(reader, stream)
    assert reader.ended
    assert reader.error is None or isinstance(reader.error, ProxyError)
    if streamed:
        grammar.read_events(written)
    elif reader.finished:
        json.loads(written)


def encode(events: Any) -> bytes:
    members = events if isinstance(events, list) else [events]
    return b"".join(f"data: {to_json(event)}\n\n".encode() for event in members)


thinking_modes = st.sampled_from(["off", "hidden", "shown"])


@given(st.data(), st.sampled_from(WELL_FORMED), thinking_modes, st.booleans())
def test_events_that_are_almost_right(
    data: st.DataObject, stream: tuple[UpstreamApi, list[Any]], thinking: Any, streamed: bool
) -> None:
    api, events = stream
    check_reply(api, encode(data.draw(mutated(events))), thinking, streamed)


@given(st.sampled_from(APIS), st.lists(garbage, max_size=3), st.booleans())
def test_events_that_are_garbage(api: UpstreamApi, events: list[Any], streamed: bool) -> None:
    check_reply(api, encode(events), "shown", streamed)


@given(st.sampled_from(APIS), st.binary(max_size=60))
def test_bytes_that_are_garbage(api: UpstreamApi, stream: bytes) -> None:
    check_reply(api, stream, "shown", True)
    check_reply(api, b"data: " + stream, "shown", True)


# --- a client's request -----------------------------------------------------

MODELS: list[tuple[UpstreamApi, str]] = [
    ("responses", "gpt-5.4"),
    ("responses", "gpt-4o"),
    ("chat", "gpt-5.4"),
    ("chat", "deepseek"),
]
DEPLOYMENTS = [Deployment(model, api, find_family(model), origin="here") for api, model in MODELS]


def check_request(body: Any) -> None:
    try:
        request = read_request(body)
    except BadRequest:
        return
    for deployment in DEPLOYMENTS:
        check_written(request, deployment)


def check_written(request: Request, deployment: Deployment) -> None:
    try:
        written = write_request(request, deployment)
    except BadRequest:
        return
    assert json.loads(to_json(written))
    if SCHEMAS.exists():
        check_schema(deployment.api, written)


@given(st.data(), st.sampled_from([*BODIES.values(), *BODIES_WITH_FILES.values()]))
def test_requests_that_are_almost_right(data: st.DataObject, body: Any) -> None:
    changed = data.draw(mutated(body))
    check_request(changed if isinstance(changed, dict) else {})


@given(st.dictionaries(st.sampled_from([*BODIES["everything_around"], "tools"]), garbage))
def test_requests_with_garbage_in_every_field(fields: Any) -> None:
    check_request(BODIES["least"] | fields)
