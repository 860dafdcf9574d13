"""The spans of every kind of request, attribute by attribute."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from proxy_core.deployments.address import read_address
from proxy_core.telemetry.spans import RequestIds, Server, read_server
from tests.unit.telemetry.telling import (
    ANSWER,
    CHAT,
    COMPLETED,
    FALLBACK,
    KEY,
    PROMPT,
    TOKEN,
    Asked,
    Pieces,
    refusal,
    reply,
    responses,
    spans_of,
    spoken,
)

Attributes = dict[str, Any]

ONE = {"server.address": "one.openai.azure.com", "server.port": 443}
TWO = {"server.address": "two.openai.azure.com", "server.port": 8443}
CALLED = {"http.request.method": "POST", "azure_gpt_proxy.api": "responses"}
ANSWERED = CALLED | {"http.response.status_code": 200, "azure.service.request.id": "azures-id"}
REQUEST = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "azure.ai.openai",
    "gen_ai.request.model": "gpt-5.4",
    "gen_ai.request.stream": True,
    "azure_gpt_proxy.api": "responses",
    "azure_gpt_proxy.attempts": 1,
    "azure_gpt_proxy.client": "client",
    "azure_gpt_proxy.client_model": "claude-opus-5-5",
    "azure_gpt_proxy.resource": 0,
    "azure_gpt_proxy.route": "messages",
    "azure_gpt_proxy.status": 200,
} | ONE
USAGE = {
    "gen_ai.usage.input_tokens": 20,
    "gen_ai.usage.cache_read.input_tokens": 8,
    "gen_ai.usage.output_tokens": 9,
    "gen_ai.usage.reasoning.output_tokens": 4,
}
ENDED = USAGE | {"gen_ai.response.finish_reasons": ("stop",)}
FAILED = {"gen_ai.response.finish_reasons": ("error",)}
CURSOR = {"azure_gpt_proxy.route": "cursor", "azure_gpt_proxy.client": "Cursor"}
ON_CHAT = {"azure_gpt_proxy.api": "chat"}
LIMITED = {"azure_gpt_proxy.attempts": 2}
AGAIN = {"http.request.resend_count": 1}
DISCONNECTED = httpx.ReadError("broken")
BROKEN_OFF = {"type": "response.failed", "response": {"error": {"code": "server_error"}}}


def unstreamed(attributes: Attributes) -> Attributes:
    return {name: told for name, told in attributes.items() if name != "gen_ai.request.stream"}


CASES: dict[str, tuple[Asked, list[httpx.Response | Exception], list[Attributes]]] = {
    "a stream": (Asked(), [reply()], [REQUEST | ENDED, ANSWERED | ONE]),
    "a reply in one piece": (
        Asked(stream=False),
        [reply()],
        [unstreamed(REQUEST) | ENDED, ANSWERED | ONE],
    ),
    "a stream over Chat": (
        Asked(environ={"AZURE_OPENAI_API": "chat"}),
        [reply(CHAT)],
        [
            REQUEST | USAGE | ON_CHAT | {"gen_ai.response.finish_reasons": ("length",)},
            ANSWERED | ONE | ON_CHAT,
        ],
    ),
    "Cursor": (Asked("cursor"), [reply()], [REQUEST | CURSOR | ENDED, ANSWERED | ONE]),
    "Cursor over Chat": (
        Asked("cursor", environ={"AZURE_OPENAI_API": "chat"}),
        [reply(CHAT)],
        [
            REQUEST | CURSOR | USAGE | ON_CHAT | {"gen_ai.response.finish_reasons": ("length",)},
            ANSWERED | ONE | ON_CHAT,
        ],
    ),
    "cache that was written": (
        Asked(),
        [
            reply(
                responses(
                    *spoken(),
                    {
                        "type": "response.completed",
                        "response": {
                            "usage": {
                                "input_tokens": 20,
                                "input_tokens_details": {"cache_write_tokens": 5},
                            }
                        },
                    },
                )
            )
        ],
        [
            REQUEST
            | {
                "gen_ai.response.finish_reasons": ("stop",),
                "gen_ai.usage.input_tokens": 20,
                "gen_ai.usage.cache_read.input_tokens": 0,
                "gen_ai.usage.cache_write.input_tokens": 5,
            },
            ANSWERED | ONE,
        ],
    ),
    "usage told in part": (
        Asked(),
        [
            reply(
                responses(
                    *spoken(),
                    {"type": "response.completed", "response": {"usage": {"output_tokens": 3}}},
                )
            )
        ],
        [
            REQUEST
            | {
                "gen_ai.response.finish_reasons": ("stop",),
                "gen_ai.usage.output_tokens": 3,
                "gen_ai.usage.reasoning.output_tokens": 0,
            },
            ANSWERED | ONE,
        ],
    ),
    "no usage told": (
        Asked(),
        [reply(responses(*spoken(), {"type": "response.completed", "response": {}}))],
        [REQUEST | {"gen_ai.response.finish_reasons": ("stop",)}, ANSWERED | ONE],
    ),
    "an error for Claude Code": (
        Asked(),
        [refusal(400, "invalid_prompt")],
        [
            REQUEST | FAILED | {"azure_gpt_proxy.status": 400, "error.type": "invalid_prompt"},
            CALLED | ONE | {"http.response.status_code": 400, "error.type": "invalid_prompt"},
        ],
    ),
    "an error for Cursor": (
        Asked("cursor"),
        [refusal(403)],
        [
            REQUEST | CURSOR | FAILED | {"azure_gpt_proxy.status": 400, "error.type": "403"},
            CALLED | ONE | {"http.response.status_code": 403, "error.type": "403"},
        ],
    ),
    "a code that is no word": (
        Asked(),
        [refusal(400, f"what {PROMPT} says")],
        [
            REQUEST | FAILED | {"azure_gpt_proxy.status": 400, "error.type": "400"},
            CALLED | ONE | {"http.response.status_code": 400, "error.type": "400"},
        ],
    ),
    "a retry": (
        Asked(),
        [refusal(500), reply()],
        [
            REQUEST | ENDED | LIMITED,
            CALLED | ONE | {"http.response.status_code": 500, "error.type": "500"},
            ANSWERED | ONE | AGAIN,
        ],
    ),
    "a retry without an answer": (
        Asked(),
        [DISCONNECTED, reply()],
        [
            REQUEST | ENDED | LIMITED,
            CALLED | ONE | {"error.type": "Disconnected"},
            ANSWERED | ONE | AGAIN,
        ],
    ),
    "a retry after a failure behind a 200": (
        Asked(),
        [reply(responses(BROKEN_OFF)), reply()],
        [
            REQUEST | ENDED | LIMITED,
            ANSWERED | ONE | {"error.type": "server_error"},
            ANSWERED | ONE | AGAIN,
        ],
    ),
    "a failover": (
        Asked(environ=FALLBACK),
        [refusal(401), reply()],
        [
            REQUEST | ENDED | LIMITED | TWO | {"azure_gpt_proxy.resource": 1},
            CALLED | ONE | {"http.response.status_code": 401, "error.type": "401"},
            ANSWERED | TWO | AGAIN,
        ],
    ),
    "a stream that fails once it has begun": (
        Asked(),
        [reply(Pieces(responses(*spoken()), responses(BROKEN_OFF)))],
        [
            REQUEST | FAILED | {"error.type": "server_error"},
            ANSWERED | ONE | {"error.type": "server_error"},
        ],
    ),
    "a client that left": (
        Asked(leaves=True),
        [reply(Pieces(responses(*spoken()), ends=False))],
        [REQUEST | FAILED | {"azure_gpt_proxy.client_left": True}, ANSWERED | ONE],
    ),
    "a search that may not be": (
        Asked(
            more={
                "tools": [{"type": "web_search_20250305", "name": "web_search"}],
                "tool_choice": {"type": "tool", "name": "web_search"},
            }
        ),
        [],
        [
            {
                name: told
                for name, told in (REQUEST | {"azure_gpt_proxy.attempts": 0}).items()
                if not name.startswith("server.")
            }
        ],
    ),
}


def told(span: ReadableSpan) -> Attributes:
    """Without what differs from run to run, which must be there all the same."""
    attributes = dict(span.attributes or {})
    if span.name == "POST":
        return attributes
    assert str(attributes.pop("azure_gpt_proxy.request_id"))
    assert len(str(attributes.pop("gen_ai.conversation.id"))) == 32
    first_chunk = attributes.pop("gen_ai.response.time_to_first_chunk", 0.0)
    assert isinstance(first_chunk, float)
    assert 0 <= first_chunk < 60
    return attributes


@pytest.mark.parametrize("case", CASES)
def test_a_request_and_its_attempts(case: str) -> None:
    asked, answers, expected = CASES[case]
    spans = spans_of(asked, answers)
    assert [told(span) for span in spans] == expected
    assert [span.name for span in spans] == ["chat gpt-5.4", *["POST"] * (len(spans) - 1)]
    assert {span.kind for span in spans} == {SpanKind.CLIENT}
    for span, attributes in zip(spans, expected, strict=True):
        status = StatusCode.ERROR if "error.type" in attributes else StatusCode.UNSET
        assert (span.status.status_code, span.status.description) == (status, None)


@pytest.mark.parametrize("case", CASES)
def test_attempts_lie_within_their_request(case: str) -> None:
    asked, answers, _ = CASES[case]
    request, *attempts = spans_of(asked, answers)
    assert request.context
    last = request.start_time or 0
    for attempt in attempts:
        assert attempt.parent
        assert attempt.parent.span_id == request.context.span_id
        assert attempt.start_time
        assert attempt.end_time
        assert request.end_time
        assert last <= attempt.start_time <= attempt.end_time <= request.end_time
        last = attempt.end_time


def test_a_stream_tells_its_first_chunk_and_nothing_else_does() -> None:
    name = "gen_ai.response.time_to_first_chunk"
    for stream in (True, False):
        request, _ = spans_of(Asked(stream=stream), [reply()])
        assert (name in (request.attributes or {})) is stream


@pytest.mark.parametrize(
    "asked",
    [
        Asked(headers={"x-api-key": "another"}),
        Asked(more={"messages": "none"}),
        Asked(environ={"BIG_MODEL": ""}),
    ],
)
def test_what_was_refused_before_a_deployment_was_found_has_none(asked: Asked) -> None:
    assert spans_of(asked, []) == []


def test_a_model_that_is_no_name_is_left_out() -> None:
    request, _ = spans_of(Asked(more={"model": "claude, " + PROMPT}), [reply()])
    assert "azure_gpt_proxy.client_model" not in (request.attributes or {})


# --- whose they are ---------------------------------------------------------

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"


@pytest.mark.parametrize("sampled", ["00", "01"])
@pytest.mark.parametrize("client", ["messages", "cursor"])
def test_the_caller_is_the_parent_whether_it_records_or_not(client: Any, sampled: str) -> None:
    request, attempt = spans_of(Asked(client, headers={"traceparent": CALLER + sampled}), [reply()])
    assert request.parent
    assert f"{request.parent.span_id:016x}" == "b7ad6b7169203331"
    for span in (request, attempt):
        assert span.context
        assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "traceparent", ["", "00-0-0-01", CALLER, f"{CALLER}01\n{PROMPT}", "x" * 99]
)
def test_a_trace_that_begins_here_has_the_requests_id(traceparent: str) -> None:
    request, attempt = spans_of(Asked(headers={"traceparent": traceparent}), [refusal(400)])
    assert request.parent is None
    for span in (request, attempt):
        assert span.context
        assert request.attributes
        ours = f"req_{span.context.trace_id:032x}"
        assert ours == request.attributes["azure_gpt_proxy.request_id"]


@pytest.mark.parametrize("request_id", ["", "req_1x", "req_0", "req_" + "0" * 32])
def test_an_id_that_is_no_number_is_not_a_traces(request_id: str) -> None:
    ids = RequestIds()
    ids.request_id = request_id
    assert 0 < ids.generate_trace_id() < 2**128


def test_the_judges_span_is_in_the_trace_of_the_request() -> None:
    more = {
        "tools": [{"name": "Bash", "input_schema": {"type": "object"}}],
        "safeguards": [{"type": "dangerous_tool_use", "classifier_context": {"mode": "auto"}}],
    }
    call = {"type": "function_call", "call_id": "call_1", "name": "Bash", "arguments": "{}"}
    items = [
        {"type": f"response.output_item.{state}", "output_index": 0, "item": call}
        for state in ("added", "done")
    ]
    spans = spans_of(Asked(more=more), [reply(responses(*items, COMPLETED)), reply()])
    requests = {span.name: span for span in spans if span.name != "POST"}
    assert requests.keys() == {"chat gpt-5.4", "chat gpt-5.4-mini"}
    assert len({span.context.trace_id for span in spans if span.context}) == 1


# --- never content, never a secret -------------------------------------------

SECRETS = (PROMPT, ANSWER, KEY, TOKEN, FALLBACK["AZURE_OPENAI_FALLBACK_API_KEY"])


def everything(spans: list[ReadableSpan]) -> str:
    return "\n".join(span.to_json() for span in spans)


@settings(max_examples=60)  # each has a thread of its own
@given(
    case=st.sampled_from(sorted(CASES)),
    text=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=8),
    client=st.sampled_from(["messages", "cursor"]),
)
def test_no_content_and_no_secret_in_any_attribute(case: str, text: str, client: Any) -> None:
    asked, answers, _ = CASES[case]
    said = f"{PROMPT} {text}"
    agent = {"user-agent": said.encode("ascii", "replace").decode(), "x-session": TOKEN}
    spoke = reply(responses(*spoken(f"{ANSWER} {text}"), COMPLETED))
    changed = [spoke if one is answers[-1] else one for one in answers]
    written = everything(
        spans_of(
            Asked(client, asked.stream, False, said, agent, asked.environ, asked.more), changed
        )
    )
    assert written
    for secret in SECRETS:
        assert secret not in written


@pytest.mark.parametrize(
    ("pasted", "server"),
    [
        ("https://my.openai.azure.com", Server("my.openai.azure.com", 443)),
        ("http://localhost:4321/openai", Server("localhost", 4321)),
        ("http://gateway.example/secret-path/v1", Server("gateway.example", 80)),
        ("https://[::1]:8443", Server("::1", 8443)),
    ],
)
def test_a_server_is_its_name_and_its_port(pasted: str, server: Server) -> None:
    assert read_server(read_address(pasted)) == server
