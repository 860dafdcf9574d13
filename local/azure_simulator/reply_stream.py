"""A writer's events and a fault -> the bytes, pauses and the end of one reply.

Pure: time and network are delivery.py's.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from local.azure_simulator.faults import StreamFault
from local.azure_simulator.placeholders import LONG, fill
from local.azure_simulator.plan import Place
from local.azure_simulator.shapes import reshape


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of the stream."""

    data: dict[str, Any]
    is_delta: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a fault may strike, if it is the fault's own."""

    place: int | Place = "script"


@dataclass(frozen=True, slots=True)
class NoReply:
    """Instead of a status line: silence without end, or the end of the connection."""

    then: Literal["hang", "close", "reset"]


Beat = Frame | Pause | Break
Ending = Literal["reset", "hang"]
Step = bytes | Pause | Ending | NoReply


class ReplyWriter(Protocol):
    """Writes one reply in one API's events. Create one per request."""

    api: Literal["responses", "chat"]
    closing: bytes

    def beats(self) -> Iterator[Beat]: ...

    def write_fault(self, event: dict[str, Any]) -> Frame: ...

    def encode(self, frame: Frame) -> bytes: ...

    def body(self) -> dict[str, Any]:
        """The whole reply, for a request that does not stream."""
        ...


@dataclass(frozen=True, slots=True)
class FaultPoint:
    fault: StreamFault
    at: int | Place


def stream(writer: ReplyWriter, gap: float, point: FaultPoint | None) -> Iterator[Step]:
    steps = _write_steps(writer, gap, point)
    return map(_with_crlf, steps) if point and point.fault.crlf else steps


def _write_steps(writer: ReplyWriter, gap: float, point: FaultPoint | None) -> Iterator[Step]:
    beats, sent = _shape(writer, point), 0
    while True:
        # Asked before the writer goes on: its next event would take a sequence number.
        beat = Break(point.at) if point and sent == point.at else next(beats, None)
        match beat:
            case Break(place) if point and place == point.at:
                yield from _write_fault(writer, point.fault)
                if point.fault.then != "continue":
                    return
                point = None
            case Pause():
                yield beat
            case Frame(_, is_delta):
                if is_delta and gap:
                    yield Pause(gap)
                sent += 1
                yield writer.encode(beat)
            case None:
                break
    if point:  # at the end, or its place did not come
        yield from _write_fault(writer, point.fault)
    if writer.closing and (point is None or point.fault.then == "continue"):
        yield writer.closing


def _shape(writer: ReplyWriter, point: FaultPoint | None) -> Iterator[Beat]:
    for beat in writer.beats():
        if point and isinstance(beat, Frame):
            data = reshape(point.fault.shape, writer.api, beat.data)
            if data is not None:
                yield Frame(data, beat.is_delta)
        else:
            yield beat


def whole(writer: ReplyWriter, gap: float, point: FaultPoint | None) -> Iterator[Step]:
    """The same reply in one piece: all its pauses, then all its bytes."""
    seconds = 0.0
    for beat in writer.beats():
        match beat:
            case Pause(pause):
                seconds += pause
            case Frame(_, True):
                seconds += gap
    if seconds:
        yield Pause(seconds)
    if point is None or point.fault.then == "continue":
        yield to_json(writer.body()).encode()
    elif ending := _terminal(writer, point.fault):
        yield to_json(ending).encode()
    else:
        yield "hang" if point.fault.then == "hang" else "reset"


def _write_fault(writer: ReplyWriter, fault: StreamFault) -> Iterator[Step]:
    for event in fill(_events_of(fault, writer), LONG):
        if isinstance(event, str):
            yield _encode(event)
        else:
            yield writer.encode(writer.write_fault(event))
    if fault.then in ("reset", "hang"):
        yield "hang" if fault.then == "hang" else "reset"


def _terminal(writer: ReplyWriter, fault: StreamFault) -> dict[str, Any] | None:
    """The fault as a body: the response that failed, or the error itself."""
    events = [event for event in _events_of(fault, writer) if not isinstance(event, str)]
    frames = [writer.write_fault(event).data for event in events]
    responses = [frame["response"] for frame in frames if "response" in frame]
    return next(iter(responses or frames), None)


def _events_of(fault: StreamFault, writer: ReplyWriter) -> list[dict[str, Any] | str]:
    return fault.responses if writer.api == "responses" else fault.chat


def encode_event(data: dict[str, Any], event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return _encode(f"{head}data: {to_json(data)}\n\n")


def _encode(text: str) -> bytes:
    """A fault's \\udcNN is the byte NN, which need not be UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _with_crlf(step: Step) -> Step:
    return step.replace(b"\n", b"\r\n") if isinstance(step, bytes) else step


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def obfuscation(delta: str) -> str:
    """Fills a delta up to a multiple of 16 characters, as Azure does against traffic analysis."""
    return secrets.token_urlsafe(16)[: 16 - len(delta) % 16]
