"""One request and its reply, between a client's format and an upstream API. No network.

Here the two sides of a translation meet: a client's writer is handed in, the upstream is chosen.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from proxy_core import openai_chat, openai_responses
from proxy_core.conversation import (
    Message,
    Reasoning,
    ReplyEvent,
    ReplyFinished,
    Request,
    ThinkingSealed,
    ToolCallStarted,
    WebSearched,
)
from proxy_core.deployments.models import Deployment, UpstreamApi
from proxy_core.errors import BadRequest, ProxyError, UpstreamError
from proxy_core.openai.limits import original_names
from proxy_core.translation import history
from proxy_core.translation.argument_repair import ArgumentRepair
from proxy_core.translation.search_policy import allowed_search
from proxy_core.translation.stop_sequences import StopSequences
from proxy_core.wire.sse import ServerSentEvent, SSEDecoder


class ReplyReader(Protocol):
    @property
    def has_all(self) -> bool: ...
    def read(self, event: ServerSentEvent) -> Iterator[ReplyEvent]: ...
    def close(self) -> Iterator[ReplyEvent]: ...


class Recorder(Protocol):
    def see(self, event: ReplyEvent) -> None: ...


class ReplyWriter(Protocol):
    def open(self) -> bytes: ...
    def write(self, event: ReplyEvent) -> Iterator[bytes]: ...
    def keep_alive(self) -> bytes: ...
    def keep_alive_gap(self, sent: int) -> float: ...
    def write_error(self, error: ProxyError) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upstream:
    write_request: Callable[[Request, Deployment], dict[str, Any]]
    reply_reader: Callable[[Mapping[str, str], str], ReplyReader]
    write_events: Callable[[dict[str, Any]], bytes]  # of a reply in one piece
    name_limit: int  # characters of a tool's name


UPSTREAMS: dict[UpstreamApi, Upstream] = {
    "responses": Upstream(
        openai_responses.write_request,
        openai_responses.ReplyReader,
        openai_responses.write_events,
        openai_responses.NAME_LIMIT,
    ),
    "chat": Upstream(
        openai_chat.write_request,
        openai_chat.ReplyReader,
        openai_chat.write_chunks,
        openai_chat.NAME_LIMIT,
    ),
}


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    """The body for Azure. Raises BadRequest for what the deployment's API cannot express."""
    allowed = allowed_search(request, deployment)
    repaired = replace(allowed, messages=history.repaired(allowed.messages))
    if not any(map(_says_something, repaired.messages)):
        raise BadRequest("messages: at least one message with content is required")
    try:
        return UPSTREAMS[deployment.api].write_request(repaired, deployment)
    except RecursionError as error:
        raise BadRequest("tools: a schema is nested too deeply") from error


def write_events(api: UpstreamApi, whole: bytes | bytearray) -> bytes:
    """A reply in one piece as the stream that says the same. Raises UpstreamError."""
    try:
        return UPSTREAMS[api].write_events(json.loads(whole))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UpstreamError("Azure sent a reply that cannot be read.") from error


def _says_something(message: Message) -> bool:
    return not all(isinstance(part, Reasoning) for part in message.parts)


def without_reasoning(request: Request) -> Request:
    """The same request with nothing replayed: always legal, and never wrong."""
    return replace(request, messages=history.without_reasoning(request.messages))


def write_reply(events: Iterable[ReplyEvent], writer: ReplyWriter) -> bytes:
    """A whole reply that is known without asking Azure."""
    return writer.open() + b"".join(piece for event in events for piece in writer.write(event))


class ReplyTranslator:
    """Feed it Azure's bytes, send on what it returns, close it once at the end.

    It never raises. An error is kept in `error` for whoever can still make an HTTP status of
    it, and rendered by `fail` for the client that is already reading.
    """

    def __init__(
        self,
        request: Request,
        deployment: Deployment,
        writer: ReplyWriter,
        recorder: Recorder | None = None,
    ) -> None:
        self._request = request
        self._writer = writer
        self._recorder = recorder
        self._is_open = False
        self.has_spoken = False  # the model has reasoned, written or called
        self.finished: ReplyFinished | None = None
        self.restart(deployment)

    def restart(self, deployment: Deployment) -> None:
        """Read another attempt from its beginning. Only while the model has said nothing."""
        upstream = UPSTREAMS[deployment.api]
        names = original_names(self._request.tools, upstream.name_limit)
        self._decoder = SSEDecoder()
        self._reader = upstream.reply_reader(names, deployment.origin)
        self._stop = StopSequences(self._request.stop) if any(self._request.stop) else None
        self._repair = ArgumentRepair(self._request.tools)
        self._ids: set[str] = set()
        self.error: ProxyError | None = None

    @property
    def has_all(self) -> bool:
        """Whether Azure has said all of it; only `close` ends it."""
        return self._reader.has_all

    @property
    def ended(self) -> bool:
        return self.finished is not None or self.error is not None

    def open(self) -> bytes:
        """Begin the reply before the model has said anything."""
        if self._is_open:
            return b""
        self._is_open = True
        return self._writer.open()

    def feed(self, chunk: bytes) -> bytes:
        return self._write(self._read(self._decoder.decode(chunk)))

    def close(self) -> bytes:
        """Call this when Azure's stream has ended: only now is the reply known to be whole."""
        return self._write(self._read_to_end())

    def fail(self, error: ProxyError) -> bytes:
        self.error = error
        return self._writer.write_error(error)

    def _read(self, events: Iterator[ServerSentEvent]) -> Iterator[ReplyEvent]:
        for event in events:
            try:
                yield from self._reader.read(event)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise UpstreamError("Azure sent an event that cannot be read.") from error

    def _read_to_end(self) -> Iterator[ReplyEvent]:
        yield from self._read(self._decoder.flush())
        yield from self._reader.close()

    def _write(self, events: Iterator[ReplyEvent]) -> bytes:
        pieces: list[bytes] = []
        try:
            for event in chain.from_iterable(map(self._repair.read, self._stopped(events))):
                event = self._with_own_id(event)
                if not self._is_open:
                    pieces.append(self.open())
                pieces += self._writer.write(event)
                self._notice(event)
        except ProxyError as error:
            self.error = error
        return b"".join(pieces)

    def _with_own_id(self, event: ReplyEvent) -> ReplyEvent:
        """Clients tell calls and searches apart by their ids; some models give the same to two."""
        if isinstance(event, ToolCallStarted | WebSearched):
            return replace(event, id=history.unique(event.id, self._ids))
        return event

    def _stopped(self, events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
        if self._stop is None:
            return events
        return (stopped for event in events for stopped in self._stop.read(event))

    def _notice(self, event: ReplyEvent) -> None:
        if self._recorder:
            self._recorder.see(event)
        match event:
            case ReplyFinished():
                self.finished = event
            case ThinkingSealed():
                pass
            case _:
                self.has_spoken = True
