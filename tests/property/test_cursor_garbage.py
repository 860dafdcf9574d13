"""Whatever Cursor posts is read, and then fit to be written, or refused by BadRequest."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core import cursor
from proxy_core.cursor.model_ids import read_effort
from proxy_core.endpoints.body import parse
from proxy_core.errors import BadRequest
from tests.contract.azure_wire import check_request
from tests.cursor_bodies import BODIES
from tests.fuzz.targets import check_cursor, write
from tests.property.strategies import almost_genuine, garbage

FIELDS = [
    *{name for body in BODIES.values() for name in body},
    *("service_tier", "thinking", "system", "functions", "function_call"),
]


@given(
    st.sampled_from([BODIES["least"], BODIES["items"], BODIES["agent_turn"], BODIES["anthropic"]]),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), garbage),
)
def test_bodies_with_garbage_in_every_field(body: Any, fields: Any) -> None:
    check_cursor(json.dumps(body | fields).encode())


@given(st.dictionaries(st.sampled_from(["messages", "input", "tools", "model"]), garbage))
def test_bodies_that_are_garbage(body: Any) -> None:
    check_cursor(json.dumps(body).encode())


@given(almost_genuine("cursor"))
def test_azure_would_accept_what_is_read(body: bytes) -> None:
    try:
        asked = cursor.read_request(
            parse(body), path_model="", default_effort="medium", display="details"
        )
    except BadRequest:
        return
    for api, written in write(asked.request):
        check_request(api, written)


@given(st.text(st.sampled_from("gpt-highlowmediumxfast GPT\n"), max_size=20))
def test_any_model_id_is_read(id: str) -> None:
    assert read_effort(id) in (None, "none", "minimal", "low", "medium", "high", "xhigh", "max")
