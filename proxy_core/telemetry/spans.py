"""A request that is over -> its spans, in the words of OpenTelemetry's conventions.

https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/client-inference.md
https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span

Rules:
- one span for what a client asked of a deployment, with all its attempts in it, and below it one
  for each attempt at Azure. What was refused before a deployment was found has a log line alone;
- they are made when all is over, from times that were kept, so that streaming costs nothing. What
  that gives up: a request under way is not to be seen, one that dies with its process never is,
  and Azure, or a gateway before it, cannot be told the span that calls it;
- names, numbers and ids only. Not an address's path, which a gateway may have as a secret.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from proxy_core.conversation import Usage
from proxy_core.deployments.address import DEFAULT_PORTS, Address, is_name
from proxy_core.reply.attempt import Attempt
from proxy_core.reply.request_log import RequestLog

OURS = "azure_gpt_proxy"  # what the conventions have no name for
# As OpenAI calls what this project has words of its own for.
FINISH_REASONS = {"end": "stop", "stop_sequence": "stop"}

Attribute = tuple[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Server:
    address: str
    port: int


def read_server(address: Address) -> Server:
    parts = urlsplit(address.base)
    return Server(address.host, parts.port or DEFAULT_PORTS[parts.scheme])


class RequestIds(RandomIdGenerator):
    """A trace that begins here has the id of its request, so that the log line leads to it."""

    request_id = ""

    def generate_trace_id(self) -> int:
        _, _, digits = self.request_id.partition("_")
        try:
            return int(digits, 16) or super().generate_trace_id()
        except ValueError:
            return super().generate_trace_id()


class SpanWriter:
    """`servers`: by the digest of their resource."""

    def __init__(self, tracer: Tracer, ids: RequestIds, servers: Mapping[str, Server]) -> None:
        self._tracer = tracer
        self._ids = ids
        self._servers = servers

    def write(self, log: RequestLog) -> None:
        if not log.deployment:
            return
        clock = _Clock()
        self._ids.request_id = log.request_id
        span = self._tracer.start_span(
            f"chat {log.deployment}",
            context=_read_parent(log.traceparent),
            kind=SpanKind.CLIENT,
            attributes=dict(self._tell_request(log)),
            start_time=clock.read(log.started),
        )
        inside = trace.set_span_in_context(span, Context())
        for number, attempt in enumerate(log.made):
            self._write_attempt(number, attempt, inside, clock)
        if log.error:
            span.set_status(Status(StatusCode.ERROR))
        span.end(clock.read(clock.now))

    def _write_attempt(
        self, number: int, attempt: Attempt, inside: Context, clock: "_Clock"
    ) -> None:
        span = self._tracer.start_span(
            "POST",
            context=inside,
            kind=SpanKind.CLIENT,
            attributes=dict(self._tell_attempt(number, attempt)),
            start_time=clock.read(attempt.started),
        )
        if attempt.error:
            span.set_status(Status(StatusCode.ERROR))
        # An attempt that is let go ends a moment later than its request is told.
        span.end(clock.read(attempt.ended or clock.now))

    def _tell_request(self, log: RequestLog) -> Iterator[Attribute]:
        yield "gen_ai.operation.name", "chat"
        yield "gen_ai.provider.name", "azure.ai.openai"
        yield "gen_ai.request.model", log.deployment
        if log.stream:
            yield "gen_ai.request.stream", True
        if log.conversation:
            yield "gen_ai.conversation.id", log.conversation
        yield from _tell_end(log)
        if log.made:
            yield from self._tell_server(log.made[-1])
        yield f"{OURS}.request_id", log.client_request_id or log.request_id
        yield f"{OURS}.route", log.route
        yield f"{OURS}.client", log.client
        if is_name(log.model):
            yield f"{OURS}.client_model", log.model
        yield f"{OURS}.api", log.api
        yield f"{OURS}.status", log.status
        yield f"{OURS}.attempts", log.attempts
        yield f"{OURS}.resource", log.resource

    def _tell_attempt(self, number: int, attempt: Attempt) -> Iterator[Attribute]:
        yield "http.request.method", "POST"
        yield from self._tell_server(attempt)
        if attempt.status:
            yield "http.response.status_code", attempt.status
        if number:
            yield "http.request.resend_count", number
        if attempt.azure_request_id:
            yield "azure.service.request.id", attempt.azure_request_id
        if attempt.error:
            yield "error.type", attempt.error
        yield f"{OURS}.api", attempt.api

    def _tell_server(self, attempt: Attempt) -> Iterator[Attribute]:
        server = self._servers[attempt.resource]
        yield "server.address", server.address
        yield "server.port", server.port


class _Clock:
    """Turns the times that were kept, which are monotonic, into those of the day."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self._wall = time.time_ns()

    def read(self, moment: float) -> int:
        return self._wall - round((self.now - moment) * 1e9)


def _read_parent(traceparent: str) -> Context:
    """Who called: its span, or the Functions host's. None where it names none."""
    carrier = {"traceparent": traceparent}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def _tell_end(log: RequestLog) -> Iterator[Attribute]:
    finished = log.finished
    if finished:
        reason = FINISH_REASONS.get(finished.stop_reason, finished.stop_reason)
        yield "gen_ai.response.finish_reasons", (reason,)
    elif log.made:
        yield "gen_ai.response.finish_reasons", ("error",)
    if finished and finished.usage:
        yield from _tell_usage(finished.usage)
    first_chunk = log.made[-1].first_chunk if log.made else None
    if log.stream and first_chunk is not None:
        yield "gen_ai.response.time_to_first_chunk", first_chunk - log.started
    if log.error:
        yield "error.type", log.error
    elif log.outcome is None:
        yield f"{OURS}.client_left", True  # nothing failed, so the span is no error


def _tell_usage(usage: Usage) -> Iterator[Attribute]:
    if usage.input_tokens is not None:
        yield "gen_ai.usage.input_tokens", usage.input_tokens
        yield "gen_ai.usage.cache_read.input_tokens", usage.cached_tokens
    if usage.cache_write_tokens:
        yield "gen_ai.usage.cache_write.input_tokens", usage.cache_write_tokens
    if usage.output_tokens is not None:
        yield "gen_ai.usage.output_tokens", usage.output_tokens
        yield "gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens
