import pytest

from proxy_core.anthropic_messages.overflow import explain_overflow
from proxy_core.conversation import Message, Request, Text
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import BadRequest, ProxyError, UpstreamError

OVERFLOW = UpstreamError("Too long.", status=400, code="context_length_exceeded")


def explain(error: ProxyError, model: str, text: str = "short") -> ProxyError:
    request = Request("claude", (Message("user", (Text(text),)),))
    return explain_overflow(error, request, Deployment(model, "responses", find_family(model)))


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        ("gpt-5.4", "short", "prompt is too long: 922001 tokens > 922000 maximum"),
        ("gpt-4o", "word " * 130_000, "prompt is too long: 130008 tokens > 128000 maximum"),
    ],
)
def test_both_numbers_are_named(model: str, text: str, message: str) -> None:
    explained = explain(OVERFLOW, model, text)
    assert (explained.status, explained.message) == (400, message)


@pytest.mark.parametrize(
    ("error", "model"),
    [(OVERFLOW, "my-model"), (UpstreamError("no"), "gpt-5.4"), (BadRequest("no"), "gpt-5.4")],
)
def test_any_other_error_stays_as_it_is(error: ProxyError, model: str) -> None:
    assert explain(error, model) is error
