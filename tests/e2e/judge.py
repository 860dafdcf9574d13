"""A model that judges tool calls, in front of the simulator.

It answers with the ids of the calls, which no script of the simulator can know. Whatever is for
another deployment passes through to the simulator.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx

DEPLOYMENT = "gpt-5.4-judge"
FLAGGED = "flag-this"  # a call whose arguments hold it
UNCLEAR = "unclear-this"

PASSED_ON = ("api-key", "content-type", "accept")


def judge(question: dict[str, Any]) -> dict[str, Any]:
    """The verdicts on the calls of a question of `proxy_core.safeguards`."""
    return {
        "verdicts": [
            {"id": call["id"], "outcome": _outcome(call["input"]), "explanation": "So it is."}
            for call in question["calls"]
        ]
    }


def _outcome(arguments: str) -> str:
    if FLAGGED in arguments:
        return "flagged"
    return "unclear" if UNCLEAR in arguments else "not_flagged"


@contextmanager
def judge_before(simulator: str) -> Iterator[str]:
    """The URL of a resource that has a judge."""
    handler = type("Handler", (_Handler,), {"simulator": simulator})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    simulator: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = json.loads(body)
        if asked["model"] == DEPLOYMENT:
            question = json.loads(asked["input"][-1]["content"][0]["text"])
            self._answer(200, "text/event-stream", _write_stream(json.dumps(judge(question))))
        else:
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            reply = httpx.post(f"{self.simulator}{self.path}", content=body, headers=headers)
            self._answer(reply.status_code, reply.headers["content-type"], reply.content)

    def _answer(self, status: int, type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _write_stream(text: str) -> bytes:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    done = {**item, "content": [{"type": "output_text", "text": text, "annotations": []}]}
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_text.delta", "output_index": 0, "delta": text},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": {"status": "completed", "usage": usage}},
    ]
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
