"""Whatever comes in is either read or refused in our own words; nothing else ever happens."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.anthropic_messages import read_request
from proxy_core.deployments.models import UpstreamApi
from proxy_core.endpoints.body import parse
from proxy_core.errors import BadRequest
from proxy_core.wire.json import to_json
from tests.bodies import BODIES
from tests.contract.azure_wire import check_request
from tests.fuzz.targets import TARGETS, check_body, check_count, check_messages, check_reply, write
from tests.property.strategies import almost_genuine, garbage

APIS: list[UpstreamApi] = ["responses", "chat"]


@pytest.mark.parametrize("target", TARGETS)
@given(st.data())
def test_what_is_almost_genuine(target: str, data: st.DataObject) -> None:
    TARGETS[target](data.draw(almost_genuine(target)))


# --- Azure's stream ---------------------------------------------------------


@given(st.sampled_from(APIS), st.lists(garbage, max_size=3))
def test_events_that_are_garbage(api: UpstreamApi, events: list[Any]) -> None:
    check_reply(api, b"".join(f"data: {to_json(event)}\n\n".encode() for event in events))


@given(st.sampled_from(APIS), st.binary(max_size=60))
def test_bytes_that_are_garbage(api: UpstreamApi, stream: bytes) -> None:
    check_reply(api, stream)
    check_reply(api, b"data: " + stream)


# --- a client's request -----------------------------------------------------


@given(st.binary(max_size=60) | garbage.map(lambda body: json.dumps(body).encode()))
def test_bodies_that_are_garbage(body: bytes) -> None:
    check_body(body)
    check_body(b'{"model":' + body + b"}")


@given(st.dictionaries(st.sampled_from([*BODIES["everything_around"], "tools"]), garbage))
def test_requests_with_garbage_in_every_field(fields: Any) -> None:
    body = json.dumps(BODIES["least"] | fields).encode()
    check_messages(body)
    check_count(body)


@given(almost_genuine("messages"))
def test_azure_would_accept_what_is_read(body: bytes) -> None:
    try:
        request = read_request(parse(body))
    except BadRequest:
        return
    for api, written in write(request):
        check_request(api, written)
