"""Clients that check every byte they get, and say how a request ended for them."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from proxy_core.proxy import Proxy
from proxy_core.reply.client import Reply
from proxy_core.reply.relay import ReplyCutOff
from tests import chat_grammar, grammar
from tests.arriving import arriving

Kind = Literal["claude", "cursor"]

PREFIX = "Azure OpenAI "  # how the text begins in which Cursor is told of a failure


@dataclass(frozen=True, slots=True)
class Ending:
    """How a request ended. There is no other way: anything else fails in reading it."""

    how: Literal["served", "refused", "told", "cut off"]
    status: int = 200
    stop_reason: str = ""
    text: str = ""  # of the reply, or of the error


def body_of(kind: Kind, prompt: str, *, stream: bool) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    match kind:
        case "claude":
            return {"model": "claude-x", "max_tokens": 999, "stream": stream, "messages": messages}
        case "cursor":
            return {"model": "gpt-high", "stream": stream, "messages": messages}


async def ask(proxy: Proxy, kind: Kind, body: dict[str, Any]) -> Ending:
    headers = {"content-type": "application/json"}
    content = arriving(json.dumps(body).encode())
    match kind:
        case "claude":
            reply = await proxy.messages(headers, content)
        case "cursor":
            reply = await proxy.cursor(headers, "POST", "v1/chat/completions", content)
    try:
        received = await _read(reply)
    except ReplyCutOff:
        return Ending("cut off")
    finally:
        reply.close()
    return _judge(kind, reply.status, received, stream=body["stream"])


async def _read(reply: Reply) -> bytes:
    match reply.body:
        case bytes() as whole:
            return whole
        case pieces:
            return b"".join([piece async for piece in pieces])


def _judge(kind: Kind, status: int, received: bytes, *, stream: bool) -> Ending:
    if status != 200:
        error = json.loads(received)["error"]
        return Ending("refused", status, text=error["message"])
    match kind:
        case "claude":
            return _judge_message(grammar.read_stream(received) if stream else json.loads(received))
        case "cursor" if stream:
            return _judge_completion(chat_grammar.read_stream(received))
        case "cursor":
            return _judge_completion(json.loads(received))


def _judge_message(message: dict[str, Any]) -> Ending:
    if message["type"] == "error":
        return Ending("told", text=message["error"]["message"])
    text = "".join(block.get("text", "") for block in message["content"])
    return Ending("served", stop_reason=message["stop_reason"], text=text)


def _judge_completion(completion: dict[str, Any]) -> Ending:
    [choice] = completion["choices"]
    text = choice["message"]["content"] or ""
    if PREFIX in text:
        return Ending("told", text=text)
    return Ending("served", stop_reason=choice["finish_reason"], text=text)
