"""Azure's bytes -> the client's bytes, one reply at a time. No network.

Here the two sides of a translation meet: a client's writer is handed in, the upstream is chosen.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from msgspec.structs import replace

from proxy_core.conversation import (
    ReplyEvent,
    ReplyFinished,
    Request,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    WebSearched,
)
from proxy_core.deployments.models import Deployment
from proxy_core.errors import ProxyError, Unreadable
from proxy_core.translation import history
from proxy_core.translation.argument_repair import ArgumentRepair
from proxy_core.translation.output_limit import OutputLimit
from proxy_core.translation.stop_sequences import StopSequences
from proxy_core.translation.upstreams import find_own_limit, make_reader
from proxy_core.wire.sse import ServerSentEvent, SSEDecoder

NOTHING = ("", "null")  # some gateways send it to keep the line open


class Recorder(Protocol):
    def see(self, event: ReplyEvent) -> None: ...


class ReplyWriter(Protocol):
    def open(self) -> bytes: ...
    def write(self, event: ReplyEvent) -> bytes: ...
    def keep_alive(self) -> bytes: ...
    def keep_alive_gap(self, sent: int) -> float: ...
    def write_error(self, error: ProxyError) -> bytes: ...


def write_reply(events: Iterable[ReplyEvent], writer: ReplyWriter) -> bytes:
    """A whole reply that is known without asking Azure."""
    return writer.open() + b"".join(map(writer.write, events))


class ReplyTranslator:
    """Feed it Azure's bytes and send on what comes out; `end` it with Azure's stream.

    Both yield what there is before they raise the ProxyError that ends the reply; but the first
    words only once all that came with them has been read (`fail` says them even so). The end is
    read first (`finished`) and told the client by `finish`: something may have to be done in
    between.
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
        self.has_spoken = False  # the client gets what the model reasoned, wrote or called
        self.finished: ReplyFinished | None = None  # how the reply ends, once that is known
        self.restart(deployment)

    def restart(self, deployment: Deployment) -> None:
        """Read another attempt from its beginning. Only while the model has said nothing."""
        self._decoder = SSEDecoder()
        self._reader = make_reader(self._request, deployment)
        self._ends = [*self._make_ends(deployment)]
        self._repair = ArgumentRepair(self._request.tools)
        self._ids: dict[str, int] = {}
        self._unsaid: list[ReplyEvent] = []

    def let_go(self, rest: Request) -> None:
        """There will be no other attempt: nothing but this is to be known of the request."""
        self._request = rest

    @property
    def has_all(self) -> bool:
        """Whether Azure has said all of it; only `end` makes sure."""
        return self._reader.has_all

    def open(self) -> bytes:
        """Begin the reply before the model has said anything."""
        if self._is_open:
            return b""
        self._is_open = True
        return self._writer.open()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        events = self._decoder.decode(chunk)
        if self.has_spoken and not self._ends:
            return self._feed_on(events)
        return self._write(self._read(events))

    def end(self) -> Iterator[bytes]:
        """Azure's stream has ended: only now is the reply known to be whole."""
        return self._write(chain(self._read(self._decoder.flush()), self._reader.close()))

    def finish(self) -> bytes:
        """The end of a reply that has one."""
        assert self.finished, "the reply has not ended"
        return self.open() + self._writer.write(self.finished)

    def fail(self, error: ProxyError) -> bytes:
        """The end of a reply that began and has failed."""
        unsaid, self._unsaid = self._unsaid, []
        return b"".join(self._say(unsaid)) + self._writer.write_error(error)

    def _feed_on(self, events: Iterable[ServerSentEvent]) -> Iterator[bytes]:
        """Where nobody looks at a delta between its reader and its writer, as almost always."""
        for event in events:
            told = self._reader.read_on(event) if self._repair.passes_deltas else None
            if told:
                yield self._writer.write(told)
                if self._recorder:
                    self._recorder.see(told)
            else:
                yield from self._write(self._read((event,)))

    def _read(self, events: Iterable[ServerSentEvent]) -> Iterator[ReplyEvent]:
        for event in events:
            if event.data.strip() in NOTHING:
                continue
            try:
                yield from self._reader.read(event)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise Unreadable("Azure sent an event that cannot be read.") from error

    def _write(self, events: Iterator[ReplyEvent]) -> Iterator[bytes]:
        events = chain.from_iterable(map(self._repair.read, self._ended(events)))
        return self._say(events if self.has_spoken else self._first_words(events))

    def _first_words(self, events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
        """All of them or none: an attempt that fails beside them can still be repeated unseen."""
        for event in events:
            if isinstance(event, ReplyFinished) and not self._unsaid:
                _check_emptiness(event)
            self._unsaid.append(event)
        unsaid, self._unsaid = self._unsaid, []
        yield from unsaid

    def _say(self, events: Iterable[ReplyEvent]) -> Iterator[bytes]:
        for event in events:
            match event:
                case TextDelta() | ThinkingDelta() | ToolCallDelta():
                    pass  # by the thousand
                case ReplyFinished():
                    self.finished = event
                    return
                case ToolCallStarted() | WebSearched():  # whose ids tell them apart for clients,
                    # and which some models give to two
                    event = replace(event, id=history.unique(event.id, self._ids))
            if not self._is_open:
                yield self.open()
            yield self._writer.write(event)
            self.has_spoken = True
            if self._recorder:
                self._recorder.see(event)

    def _make_ends(self, deployment: Deployment) -> Iterator[OutputLimit | StopSequences]:
        """What may end the reply before Azure does."""
        request = self._request
        limit = find_own_limit(request, deployment)
        if limit is not None:
            yield OutputLimit(limit, counts_thinking=request.thinking == "shown")
        if any(request.stop):
            yield StopSequences(request.stop)

    def _ended(self, events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
        for end in self._ends:
            events = chain.from_iterable(map(end.read, events))
        return events


def _check_emptiness(finished: ReplyFinished) -> None:
    """What was written and did not arrive was lost on the way. Thoughts may stay unsaid."""
    usage = finished.usage or Usage()
    words = (usage.output_tokens or 0) - usage.reasoning_tokens
    if finished.stop_reason == "end" and words > 0:
        raise Unreadable(f"Azure counted {words} tokens of a reply, and sent none of them.")
