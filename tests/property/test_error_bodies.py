"""Whatever stands in an error, reading it gives a clean message, and every client an answer."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxy_core.deployments.models import Deployment, find_family
from proxy_core.deployments.refusals import read_lesson
from proxy_core.errors import UpstreamError
from proxy_core.openai.advice import explain_error
from proxy_core.openai.errors import read_error_body, read_error_event, refuses_reasoning
from proxy_core.openai.redaction import redact_error
from proxy_core.reply.client import CLAUDE, CURSOR

SECRET = "0123456789abcdef"
DEPLOYMENT = Deployment("my-gpt", "responses", find_family("gpt-5.4"), setting="BIG_MODEL")

words = st.sampled_from(
    [SECRET, "<html>", "<title>No", "retry after 9 s", "\x1b[31m", "'", "\ud800", "content_filter"]
)
texts = st.lists(words | st.text(max_size=8)).map("".join)
names = st.sampled_from(
    [
        "error",
        "message",
        "detail",
        "code",
        "type",
        "param",
        "status",
        "innererror",
        "filtered",
        "loc",
        "msg",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | texts, inner, max_size=4),
    max_leaves=12,
)
# What a gateway makes of an error that it got: text, which may be all of its own message.
told = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "litellm.BadRequestError: AzureException - ", "Error code: 422 - "]),
    values.map(json.dumps) | values.map(repr) | values.map(lambda value: json.dumps(repr(value))),
    st.sampled_from(["", ". Received Model Group=x\nAvailable Model Group Fallbacks=None"]),
)


def check(error: UpstreamError) -> None:
    assert error.message.isprintable()
    assert "<" not in error.message or "<html" not in error.message.lower()
    assert 400 <= error.status < 600
    read_lesson(error, "chat")
    refuses_reasoning(error)
    for client in (CLAUDE, CURSOR):
        reply = client.refuse(explain_error(error, DEPLOYMENT), "req_1")
        assert isinstance(reply.body, bytes)
        assert json.loads(reply.body)["error"]["message"]


@given(st.integers(100, 999), values, st.booleans())
def test_any_json(status: int, body: Any, ascii: bool) -> None:
    encoded = json.dumps(body, ensure_ascii=ascii).encode(errors="surrogatepass")
    error = redact_error(read_error_body(status, {}, encoded), [SECRET])
    check(error)
    assert SECRET not in f"{error.message}{error.code}{error.param}"


@given(st.integers(100, 999), st.binary() | texts.map(lambda text: text.encode(errors="replace")))
def test_any_bytes(status: int, body: bytes) -> None:
    error = redact_error(read_error_body(status, {}, body), [SECRET])
    check(error)
    assert SECRET not in f"{error.message}{error.code}{error.param}"


@given(st.integers(400, 599), names, told)
def test_any_error_inside_another(status: int, name: str, message: str) -> None:
    for body in (message, json.dumps({name: message}), json.dumps({"error": {name: message}})):
        encoded = body.encode(errors="replace")
        error = redact_error(read_error_body(status, {}, encoded), [SECRET])
        check(error)
        assert SECRET not in f"{error.message}{error.code}{error.param}"


@given(st.dictionaries(names, values, max_size=4))
def test_any_event(event: dict[str, Any]) -> None:
    check(read_error_event(event))
