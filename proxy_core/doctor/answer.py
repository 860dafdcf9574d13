"""What Azure answered, read by the proxy's own reader."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy_core.anthropic_messages.signature import write_signature
from proxy_core.conversation import (
    Reasoning,
    ReplyEvent,
    ReplyFinished,
    Request,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSealed,
    ToolCall,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
)
from proxy_core.deployments.models import Deployment
from proxy_core.errors import Unreadable
from proxy_core.translation.upstreams import make_reader
from proxy_core.wire.sse import ServerSentEvent, SSEDecoder

NO_JSON = frozenset({"", "null", "[DONE]"})


@dataclass(frozen=True, slots=True)
class Answer:
    events: tuple[ReplyEvent, ...]
    finished: ReplyFinished
    model: str = ""  # as the reply calls it: the deployment's name, or the model's own
    is_streamed: bool = True

    @property
    def usage(self) -> Usage:
        return self.finished.usage or Usage()

    @property
    def stop(self) -> StopReason:
        return self.finished.stop_reason

    @property
    def deltas(self) -> tuple[str, ...]:
        return tuple(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def text(self) -> str:
        return "".join(self.deltas)

    @property
    def summary(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ThinkingDelta))

    @property
    def reasoning(self) -> tuple[Reasoning, ...]:
        return tuple(e.reasoning for e in self.events if isinstance(e, ThinkingSealed))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        calls: list[ToolCall] = []
        for event in self.events:
            match event:
                case ToolCallStarted(id, name):
                    calls.append(ToolCall(id, name, ""))
                case ToolCallDelta(arguments):
                    last = calls.pop()
                    calls.append(ToolCall(last.id, last.name, last.arguments + arguments))
        return tuple(calls)

    def write_content(self) -> list[dict[str, Any]]:
        """As a client sends it back."""
        thinking = [
            {"type": "thinking", "thinking": "", "signature": write_signature(reasoning)}
            for reasoning in self.reasoning
        ]
        return [*thinking, {"type": "text", "text": self.text}]


def read_answer(
    stream: bytes, request: Request, deployment: Deployment, *, is_streamed: bool = True
) -> Answer:
    """Raises UpstreamError for what ends in an error, or cannot be read."""
    events = [*_decode(stream)]
    reader = make_reader(request, deployment)
    said: list[ReplyEvent] = []
    try:
        for event in events:
            if event.data.strip() not in ("", "null"):
                said += reader.read(event)
        said += reader.close()
        [finished] = [event for event in said if isinstance(event, ReplyFinished)]
        return Answer(tuple(said), finished, _name_model(events), is_streamed)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("Azure sent an event that cannot be read.") from error


def _decode(stream: bytes) -> Iterator[ServerSentEvent]:
    decoder = SSEDecoder()
    yield from decoder.decode(stream)
    yield from decoder.flush()


def _name_model(events: list[ServerSentEvent]) -> str:
    """The last name counts: a first chunk's may be empty."""
    names = [""]
    for event in events:
        if event.data.strip() not in NO_JSON:
            match json.loads(event.data):
                case {"response": {"model": str(name)}} | {"model": str(name)} if name:
                    names.append(name)
    return names[-1]
