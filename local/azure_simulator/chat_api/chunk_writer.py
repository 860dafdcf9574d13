"""Plan -> chunks of Chat Completions.

https://platform.openai.com/docs/api-reference/chat-streaming

OpenAI's models hide their reasoning here, and Azure adds filter results to their chunks. The other
models' chunks show reasoning as text, and name every member, null or not.
"""

import secrets
from collections.abc import Iterator
from typing import Any, Literal

from local.azure_simulator.deployment import new_call_id
from local.azure_simulator.models import Family
from local.azure_simulator.plan import (
    Output,
    Plan,
    Silence,
    Speech,
    Thought,
    ToolCall,
    split_arguments,
    split_text,
)
from local.azure_simulator.reply_stream import (
    Beat,
    Break,
    Frame,
    Pause,
    encode_event,
    obfuscation,
)
from local.azure_simulator.usage import Usage

SAFE = {"filtered": False, "severity": "safe"}
SEVERITIES = ("hate", "self_harm", "sexual", "violence")
PROMPT_RESULTS = {"jailbreak": {"filtered": False, "detected": False}} | dict.fromkeys(
    SEVERITIES, SAFE
)
RESULTS = dict.fromkeys(SEVERITIES, SAFE)
BLOCKED = {**RESULTS, "violence": {"filtered": True, "severity": "medium"}}
_TEXT_OF = {"function": "arguments", "custom": "input"}
EMPTY_DELTA = {"role": None, "content": None, "reasoning_content": None, "tool_calls": None}


class ChunkWriter:
    """Writes one reply. Create one per request."""

    api: Literal["chat"] = "chat"
    closing = b"data: [DONE]\n\n"

    def __init__(
        self, body: dict[str, Any], model: str, plan: Plan, family: Family, usage: Usage, now: int
    ) -> None:
        options = body.get("stream_options") or {}
        self._includes_usage = bool(options.get("include_usage"))
        self._obfuscated = family.openai and options.get("include_obfuscation") is not False
        self._plan = plan
        self._family = family
        self._usage = usage
        prefix = "chatcmpl-" if family.openai else ""
        self._frame = {
            "id": prefix + secrets.token_hex(14),
            "object": "chat.completion.chunk",
            "created": now,
            "model": model,
        }
        self._calls = [
            (new_call_id(), output) for output in plan.outputs if isinstance(output, ToolCall)
        ]

    def encode(self, frame: Frame) -> bytes:
        return encode_event(frame.data)

    def write_fault(self, event: dict[str, Any]) -> Frame:
        """Filter results and errors stand for themselves; the rest are chunks of this reply."""
        if "id" in event or "error" in event:
            return Frame(event)
        return Frame({**self._frame, **event})

    def beats(self) -> Iterator[Beat]:
        if self._family.openai:
            yield Frame(_write_prompt_filter())
        yield self._chunk({"role": "assistant", "content": "", **self._openai(refusal=None)})
        calls = iter(enumerate(self._calls))
        for output in self._plan.outputs:
            match output:
                case ToolCall():
                    index, (id, call) = next(calls)
                    yield from self._write_call(index, id, call)
                case _:
                    yield from self._write_output(output)
            if isinstance(output, Thought | Speech | ToolCall) and output.breaks:
                yield Break()
        yield self._chunk({}, finish_reason=self._finish_reason())
        if self._includes_usage:
            usage = self._write_usage()
            yield Frame({**self._frame, "choices": [], **self._hidden(""), "usage": usage})

    def body(self) -> dict[str, Any]:
        choice = {
            "index": 0,
            "finish_reason": self._finish_reason(),
            "logprobs": None,
            "message": self._write_message(),
            **self._openai(content_filter_results=self._results()),
        }
        prompt = {"prompt_filter_results": _write_prompt_filter()["prompt_filter_results"]}
        return {
            **self._frame,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._write_usage(),
            **self._openai(system_fingerprint=None, **prompt),
        }

    def _write_output(self, output: Output) -> Iterator[Beat]:
        match output:
            case Silence(seconds):
                yield Pause(seconds)
            case Speech(deltas, refusal):
                for delta in deltas:
                    yield self._delta({"refusal" if refusal else "content": delta}, delta)
                    yield Break("text")
            case Thought(parts) if self._family.reasoning_content:
                for delta in split_text("\n\n".join(parts)):
                    yield self._delta({"reasoning_content": delta}, delta)

    def _write_call(self, index: int, id: str, call: ToolCall) -> Iterator[Beat]:
        yield self._chunk({"tool_calls": [{"index": index, **_describe(id, call, "")}]})
        for delta in split_arguments(call.arguments):
            part = {"index": index, call.kind: {_TEXT_OF[call.kind]: delta}}
            yield self._delta({"tool_calls": [part]}, delta)

    def _delta(self, delta: dict[str, Any], text: str) -> Frame:
        return Frame(self._chunk(delta, text, RESULTS).data, is_delta=True)

    def _chunk(
        self,
        delta: dict[str, Any],
        text: str = "",
        results: dict[str, Any] | None = None,
        finish_reason: str | None = None,
    ) -> Frame:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        if self._family.openai:
            blocked = finish_reason == "content_filter"
            choice["content_filter_results"] = BLOCKED if blocked else results or {}
        else:
            choice |= {"delta": {**EMPTY_DELTA, **delta}, "matched_stop": None}
        fingerprint = self._openai(system_fingerprint=None)
        data = {**self._frame, "choices": [choice], **fingerprint, **self._hidden(text)}
        return Frame({**data, "usage": None})

    def _write_message(self) -> dict[str, Any]:
        spoken = [output for output in self._plan.outputs if isinstance(output, Speech)]
        text = "".join(output.text for output in spoken if not output.refusal)
        refusal = "".join(output.text for output in spoken if output.refusal)
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        message |= {"refusal": refusal or None, "annotations": []} if self._family.openai else {}
        if self._family.reasoning_content:
            thoughts = [out for out in self._plan.outputs if isinstance(out, Thought)]
            message["reasoning_content"] = "\n\n".join(
                "\n\n".join(thought.parts) for thought in thoughts
            )
        if self._calls:
            message["tool_calls"] = [
                _describe(id, call, call.arguments) for id, call in self._calls
            ]
        return message

    def _write_usage(self) -> dict[str, Any]:
        usage = self._usage
        counts = {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
        }
        if not self._family.openai:
            return {**counts, "prompt_tokens_details": None, "reasoning_tokens": usage.reasoning}
        return {
            **counts,
            "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": usage.cached},
            "completion_tokens_details": {
                "accepted_prediction_tokens": 0,
                "audio_tokens": 0,
                "reasoning_tokens": usage.reasoning,
                "rejected_prediction_tokens": 0,
            },
        }

    def _finish_reason(self) -> str:
        return self._plan.stop or ("tool_calls" if self._calls else "stop")

    def _results(self) -> dict[str, Any]:
        return BLOCKED if self._plan.stop == "content_filter" else RESULTS

    def _openai(self, **members: Any) -> dict[str, Any]:
        return members if self._family.openai else {}

    def _hidden(self, text: str) -> dict[str, str]:
        return {"obfuscation": obfuscation(text)} if self._obfuscated else {}


def _describe(id: str, call: ToolCall, text: str) -> dict[str, Any]:
    return {"id": id, "type": call.kind, call.kind: {"name": call.name, _TEXT_OF[call.kind]: text}}


def _write_prompt_filter() -> dict[str, Any]:
    results = [{"prompt_index": 0, "content_filter_results": PROMPT_RESULTS}]
    return {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": results,
    }
