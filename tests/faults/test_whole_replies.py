"""Models and gateways that do not stream: the client still gets a stream, or what it asked for."""

from typing import Any

import pytest

from proxy_core.azure.calls import Azure
from proxy_core.proxy import Proxy
from proxy_core.settings import Settings
from tests.faults.azure_here import Network, azure_here
from tests.faults.clients import Ending, Kind, ask, body_of
from tests.virtual_time import run

SILENT = ("gpt-5-pro", "o1", "o3-pro")  # models that do not stream
LONG_SILENCE = "[[silent 600]]"


def answer(
    model: str, prompt: str, kind: Kind = "claude", *, stream: bool = True, **environ: str
) -> tuple[Ending, list[dict[str, Any]]]:
    """How a request for a model ended, and what Azure was sent."""

    async def send() -> tuple[Ending, list[dict[str, Any]]]:
        async with azure_here("first", {"prod": "gpt-5-pro"}) as azure:
            settings = Settings.from_environ(
                {
                    "AZURE_OPENAI_ENDPOINT": f"{azure.url}/openai/v1",
                    "AZURE_OPENAI_API_KEY": "simulated-key",
                    "BIG_MODEL": model,
                    "CURSOR_AZURE_DEPLOYMENT": model,
                    **environ,
                }
            )
            proxy = Proxy(settings, Azure(settings, Network(azure)))
            ending = await ask(proxy, kind, body_of(kind, prompt, stream=stream))
            return ending, [request.body for request in azure.requests]

    return run(send())


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("kind", ["claude", "cursor"])
@pytest.mark.parametrize("model", SILENT)
def test_a_model_that_does_not_stream(model: str, kind: Kind, stream: bool) -> None:
    ending, [sent] = answer(model, f"[[say Hello]] {LONG_SILENCE}", kind, stream=stream)
    assert ending.how == "served"
    assert ending.text.endswith("Hello")
    assert {"stream", "stream_options"}.isdisjoint(sent)


def test_chat_completions_in_one_piece() -> None:
    ending, [sent] = answer("o1", "[[say Hello]]", AZURE_OPENAI_API="chat")
    assert (ending.how, ending.text) == ("served", "Hello")
    assert "stream" not in sent


def test_that_a_deployment_does_not_stream_is_learned() -> None:
    ending, sent = answer("prod", "[[say Hello]]", AZURE_MODEL_FAMILIES="prod=gpt-5.4")
    assert ending.text == "Hello"
    assert sent[0]["stream"] is True
    assert {"stream", "stream_options"}.isdisjoint(sent[-1])


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize(
    ("prompt", "how", "stop_reason"),
    [
        ("[[say Hello]] [[stop content_filter]]", "served", "refusal"),
        ("[[refuse No.]]", "served", "refusal"),
        ("[[error failed_only]]", "refused", ""),
        ("[[error flat_error]]", "refused", ""),
        ("[[error truncated]]", "refused", ""),
        ("[[error hang]]", "told", ""),
    ],
)
def test_how_it_can_end(api: str, prompt: str, how: str, stop_reason: str) -> None:
    ending, _ = answer("o1", prompt, AZURE_OPENAI_API=api)
    assert (ending.how, ending.stop_reason) == (how, stop_reason)


def test_a_reply_that_was_cut_says_so() -> None:
    ending, _ = answer("o1", "[[say Hello]] [[stop length]]", AZURE_OPENAI_API="chat")
    assert (ending.text, ending.stop_reason) == ("Hello", "max_tokens")
