import pytest

from proxy_core.anthropic_messages.overflow import explain_overflow
from proxy_core.conversation import Message, Request, Text
from proxy_core.deployments.models import Deployment, find_family
from proxy_core.errors import UpstreamError

TOLD = "This model's maximum context length is 131072 tokens. However, you requested "


def explain(said: str, model: str, text: str) -> tuple[int, str]:
    error = UpstreamError(said, status=400, code="context_length_exceeded")
    request = Request("claude", (Message("user", (Text(text),)),))
    explained = explain_overflow(error, request, Deployment(model, "responses", find_family(model)))
    return explained.status, explained.message


@pytest.mark.parametrize(
    ("said", "model", "text", "message"),
    [
        # our own numbers
        ("Long.", "gpt-5.4", "short", "prompt is too long: 922001 tokens > 922000 maximum"),
        (
            "Long.",
            "gpt-4o",
            "word " * 130_000,
            "prompt is too long: 130008 tokens > 128000 maximum",
        ),
        # the maximum of an unknown model is less than what it refused
        ("Long.", "my-model", "short", "prompt is too long: 8 tokens > 7 maximum"),
        # Azure's go before them
        (
            f"{TOLD}140000 tokens.",
            "gpt-5.4",
            "short",
            "prompt is too long: 140000 tokens > 131072 maximum",
        ),
        (
            "Request body too large for gpt-4o model. Max size: 8000 tokens.",
            "gpt-4o",
            "short",
            "prompt is too long: 8001 tokens > 8000 maximum",
        ),
        # numbers that cannot be
        (
            f"{TOLD}5 tokens.",
            "gpt-5.4",
            "short",
            "prompt is too long: 131073 tokens > 131072 maximum",
        ),
        # where the prompt alone would fit, it is the output that does not
        (
            f"{TOLD}140000 tokens (12000 in the messages, 128000 in the completion).",
            "gpt-5.4",
            "short",
            "input length and `max_tokens` exceed context limit: 12000 + 128000 > 131072",
        ),
        (
            f"{TOLD}140000 tokens (136000 in the messages, 4000 in the completion).",
            "gpt-5.4",
            "short",
            "prompt is too long: 140000 tokens > 131072 maximum",
        ),
    ],
)
def test_both_numbers_are_always_named(said: str, model: str, text: str, message: str) -> None:
    assert explain(said, model, text) == (400, message)
