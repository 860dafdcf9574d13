"""Plan -> events of the Responses API.

https://platform.openai.com/docs/api-reference/responses-streaming

Every event takes the next sequence number; items never interleave; an item's last event carries the
whole item, and the reply's last event all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from local.azure_simulator.deployment import Deployment
from local.azure_simulator.plan import (
    Keepalive,
    Plan,
    Search,
    Silence,
    Speech,
    Thought,
    ToolCall,
    split_arguments,
    split_text,
)
from local.azure_simulator.reasoning_seal import Claims, fingerprint
from local.azure_simulator.reply_stream import (
    Beat,
    Break,
    Frame,
    Pause,
    encode_event,
    obfuscation,
)
from local.azure_simulator.responses_api.placement import Placed, follower_of, place
from local.azure_simulator.responses_api.response_object import (
    write_content_filters,
    write_usage,
)
from local.azure_simulator.usage import Usage

Event = dict[str, Any]
STOP_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
CITED_URL = "https://example.com/simulated-result"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the request wants to see of the reply."""

    summary: bool
    encrypted: bool
    obfuscated: bool
    stored: bool


class EventWriter:
    """Writes one reply. Create one per request."""

    api: Literal["responses"] = "responses"
    closing = b""

    def __init__(
        self,
        response: dict[str, Any],
        plan: Plan,
        wishes: Wishes,
        deployment: Deployment,
        usage: Usage,
    ) -> None:
        self._response = response
        self._plan = plan
        self._wishes = wishes
        self._deployment = deployment
        self._usage = usage
        self._placed = place(plan.outputs)
        self._sequence = 0
        self._index = 0
        self._items: list[dict[str, Any]] = []

    def encode(self, frame: Frame) -> bytes:
        return encode_event(frame.data, frame.data.get("type", ""))

    def write_fault(self, event: Event) -> Frame:
        """What has no type stands for itself; the rest are events of this reply."""
        match event:
            case {"response": response, **fields}:
                whole = {**self._response, "output": self._items, **response}
                return self._event(**fields, response=whole)
            case {"delta": _}:
                return self._event(**{**self._place(), **event})
            case {"type": _}:
                return self._event(**event)
            case _:
                return Frame(event)

    def body(self) -> dict[str, Any]:
        if self._response["status"] == "in_progress":
            for _ in self.beats():
                pass
        return self._response

    def beats(self) -> Iterator[Beat]:
        self._remember()
        yield self._event("response.created", response=dict(self._response))
        yield self._event("response.in_progress", response=dict(self._response))
        placed = iter(self._placed)
        for output in self._plan.outputs:
            match output:
                case Silence(seconds, every):
                    yield from self._wait(seconds, every)
                case Keepalive():
                    yield self._event("keepalive")
                case _:
                    yield from self._write_item(next(placed))
                    self._index += 1
        yield self._finish()

    def _wait(self, seconds: float, every: float) -> Iterator[Beat]:
        while seconds > every > 0:
            yield Pause(every)
            yield self._event("keepalive")
            seconds -= every
        yield Pause(seconds)

    def _write_item(self, placed: Placed) -> Iterator[Beat]:
        match placed.output:
            case Thought():
                yield from self._write_reasoning(placed, placed.output)
            case Speech():
                yield from self._write_message(placed, placed.output)
            case ToolCall(kind="custom"):
                yield from self._write_custom_call(placed, placed.output)
            case ToolCall():
                yield from self._write_call(placed, placed.output)
            case Search():
                yield from self._write_search(placed, placed.output)

    def _write_reasoning(self, placed: Placed, thought: Thought) -> Iterator[Beat]:
        parts = thought.parts if self._wishes.summary else ()
        item: dict[str, Any] = {"id": placed.id, "type": "reasoning", "summary": []}
        seal = self._deployment.seal
        encrypted = {"encrypted_content": seal.seal_unfinished()} if self._wishes.encrypted else {}
        yield self._added({**item, **encrypted})
        for number, part in enumerate(parts):
            place = {"item_id": placed.id, "summary_index": number}
            yield from self._write_summary_part(place, part, thought.breaks and part == parts[-1])
        if thought.breaks and not parts:
            yield Break()
        item["summary"] = [{"type": "summary_text", "text": part} for part in parts]
        follower = follower_of(self._placed, self._index)
        family = self._deployment.family.prefix
        claims = Claims(family, placed.id, fingerprint(item["summary"]), follower)
        if self._wishes.encrypted:
            item["encrypted_content"] = seal.seal(claims)
        yield self._done(item)
        if self._wishes.encrypted:  # the last event holds another blob of the same content
            self._items[-1] = {**item, "encrypted_content": seal.seal(claims)}

    def _write_summary_part(self, place: dict[str, Any], text: str, breaks: bool) -> Iterator[Beat]:
        name = "response.reasoning_summary_part"
        empty = {"type": "summary_text", "text": ""}
        yield self._at(f"{name}.added", **place, part=empty)
        for delta in split_text(text):
            yield self._delta("response.reasoning_summary_text.delta", delta, **place)
        if breaks:
            yield Break()
        yield self._at("response.reasoning_summary_text.done", **place, text=text)
        yield self._at(f"{name}.done", **place, part={**empty, "text": text})

    def _write_message(self, placed: Placed, speech: Speech) -> Iterator[Beat]:
        item: dict[str, Any] = {"id": placed.id, "type": "message", "status": "in_progress"}
        item |= {"content": [], "role": "assistant"}
        if self._deployment.family.phase:
            item["phase"] = self._phase(placed)
        yield self._added(item)
        place = {"item_id": placed.id, "content_index": 0}
        key, name = ("refusal", "refusal") if speech.refusal else ("text", "output_text")
        logs: dict[str, Any] = {} if speech.refusal else {"logprobs": []}
        part: dict[str, Any] = {"type": name, key: ""}
        part |= {} if speech.refusal else {"annotations": [], **logs}
        yield self._at("response.content_part.added", **place, part=part)
        for delta in speech.deltas:
            yield self._delta(f"response.{name}.delta", delta, **place, **logs)
            yield Break("text")
        if speech.breaks:
            yield Break()
        part = {**part, key: speech.text}
        if speech.cites and not speech.refusal:
            part["annotations"] = [_write_citation(speech.text)]
            yield self._at(
                "response.output_text.annotation.added",
                **place,
                annotation_index=0,
                annotation=part["annotations"][0],
            )
        yield self._at(f"response.{name}.done", **place, **{key: speech.text}, **logs)
        yield self._at("response.content_part.done", **place, part=part)
        yield self._done({**item, "status": self._status(placed), "content": [part]})

    def _write_call(self, placed: Placed, call: ToolCall) -> Iterator[Beat]:
        item = {"id": placed.id, "type": "function_call", "status": "in_progress"}
        item |= {"arguments": "", "call_id": placed.call_id, "name": call.name}
        name = "response.function_call_arguments"
        yield self._added(item)
        for delta in split_arguments(call.arguments):
            yield self._delta(f"{name}.delta", delta, item_id=placed.id)
        if call.breaks:
            yield Break()
        yield self._at(f"{name}.done", item_id=placed.id, arguments=call.arguments)
        status = self._status(placed)
        yield self._done({**item, "status": status, "arguments": call.arguments})

    def _write_custom_call(self, placed: Placed, call: ToolCall) -> Iterator[Beat]:
        item = {"id": placed.id, "type": "custom_tool_call", "status": "in_progress"}
        item |= {"input": "", "call_id": placed.call_id, "name": call.name}
        name = "response.custom_tool_call_input"
        yield self._added(item)
        for delta in split_arguments(call.arguments):
            yield self._delta(f"{name}.delta", delta, item_id=placed.id)
        if call.breaks:
            yield Break()
        yield self._at(f"{name}.done", item_id=placed.id, input=call.arguments)
        yield self._done({**item, "status": self._status(placed), "input": call.arguments})

    def _write_search(self, placed: Placed, search: Search) -> Iterator[Beat]:
        item = {"id": placed.id, "type": "web_search_call", "status": "in_progress"}
        yield self._added(item)
        for step in ("in_progress", "searching", "completed"):
            yield self._at(f"response.web_search_call.{step}", item_id=placed.id)
        action = {"type": "search", "query": search.query}
        yield self._done({**item, "status": "completed", "action": action})

    def _finish(self) -> Frame:
        stop = self._plan.stop
        reason = STOP_REASONS[stop] if stop else None
        characters = sum(len(str(item.get("content", ""))) for item in self._items)
        self._response = {
            **self._response,
            "status": "incomplete" if reason else "completed",
            "completed_at": None if reason else self._response["created_at"],
            "incomplete_details": {"reason": reason} if reason else None,
            "content_filters": write_content_filters(stop == "content_filter", characters),
            "output": self._items,
            "service_tier": "default",
            "usage": write_usage(self._usage),
        }
        return self._event(f"response.{self._response['status']}", response=self._response)

    def _remember(self) -> None:
        """The resource knows what it has produced, and what must accompany it."""
        reasoning = None
        for placed in self._placed:
            if isinstance(placed.output, Thought):
                reasoning = placed.id
            self._deployment.items.add(placed.id, reasoning, self._wishes.stored)

    def _phase(self, placed: Placed) -> str:
        later = self._placed[self._placed.index(placed) + 1 :]
        calls = any(isinstance(other.output, ToolCall | Search) for other in later)
        return "commentary" if calls else "final_answer"

    def _place(self) -> Event:
        """Where a delta belongs: to the item that is being written, or the last one."""
        index = min(self._index, len(self._placed) - 1)
        ids = [placed.id for placed in self._placed]
        return {"item_id": ids[index], "output_index": index, "content_index": 0} if ids else {}

    def _status(self, placed: Placed) -> str:
        return "incomplete" if self._plan.stop and placed is self._placed[-1] else "completed"

    def _added(self, item: Event) -> Frame:
        return self._at("response.output_item.added", item=item)

    def _done(self, item: Event) -> Frame:
        self._items.append(item)
        return self._at("response.output_item.done", item=item)

    def _delta(self, type: str, delta: str, **fields: Any) -> Frame:
        hidden = {"obfuscation": obfuscation(delta)} if self._wishes.obfuscated else {}
        return Frame(self._at(type, **fields, delta=delta, **hidden).data, is_delta=True)

    def _at(self, type: str, **fields: Any) -> Frame:
        return self._event(type, output_index=self._index, **fields)

    def _event(self, type: str, **fields: Any) -> Frame:
        number, self._sequence = self._sequence, self._sequence + 1
        return Frame({"type": type, "sequence_number": number, **fields})


def _write_citation(text: str) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "start_index": 0,
        "end_index": len(text),
        "title": "Simulated result",
        "url": CITED_URL,
    }
