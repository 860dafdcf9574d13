"""Whatever Cursor posts is read, and then fit to be written, or refused by BadRequest."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core import cursor
from proxy_core.cursor.model_ids import read_effort
from proxy_core.errors import BadRequest
from tests.cursor_bodies import BODIES
from tests.property.strategies import garbage, mutated
from tests.property.test_garbage import DEPLOYMENTS, check_written


def check_body(body: Any) -> None:
    try:
        asked = cursor.read_request(
            body, path_model="", default_effort="medium", show_reasoning=True
        )
    except BadRequest:
        return
    for deployment in DEPLOYMENTS:
        check_written(asked.request, deployment)


@given(st.data(), st.sampled_from([*BODIES.values()]))
def test_bodies_that_are_almost_right(data: st.DataObject, body: Any) -> None:
    changed = data.draw(mutated(body))
    check_body(changed if isinstance(changed, dict) else {})


FIELDS = [
    *{name for body in BODIES.values() for name in body},
    *("service_tier", "thinking", "system", "functions", "function_call"),
]


@given(
    st.sampled_from([BODIES["least"], BODIES["items"], BODIES["agent_turn"]]),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), garbage),
)
def test_bodies_with_garbage_in_every_field(body: Any, fields: Any) -> None:
    check_body(body | fields)


@given(st.dictionaries(st.sampled_from(["messages", "input", "tools", "model"]), garbage))
def test_bodies_that_are_garbage(body: Any) -> None:
    check_body(body)


@given(st.text(st.sampled_from("gpt-highlowmediumxfast GPT\n"), max_size=20))
def test_any_model_id_is_read(id: str) -> None:
    assert read_effort(id) in (None, "none", "minimal", "low", "medium", "high", "xhigh", "max")
