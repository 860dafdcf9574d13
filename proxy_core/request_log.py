"""One JSON line per request on stdout, written at its true end.

Stdout, because the Functions host drops what is logged through `logging` once the response has
begun. Never a prompt, a reply or a key: names, numbers and ids only.
"""

import json
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy_core.conversation import ReplyFinished
from proxy_core.errors import ProxyError, UpstreamError


@dataclass(slots=True)
class RequestLog:
    """Filled in as the request goes along, written once."""

    request_id: str
    route: str
    model: str = ""
    deployment: str = ""
    api: str = ""
    stream: bool = False
    status: int = 0
    attempts: int = 0
    azure_request_id: str = ""
    first_byte_ms: int | None = None
    outcome: dict[str, Any] | None = None  # None: not known yet
    _started: float = field(default_factory=time.monotonic)
    _written: bool = False

    def begin(self, status: int) -> None:
        """The client's answer begins now."""
        self.status = status
        self.first_byte_ms = self._elapsed()

    def finish(self, finished: ReplyFinished) -> None:
        self.outcome = {"stop_reason": finished.stop_reason}
        if usage := finished.usage:
            self.outcome |= {
                "input_tokens": usage.input_tokens,
                "cached_tokens": usage.cached_tokens,
                "output_tokens": usage.output_tokens,
                "reasoning_tokens": usage.reasoning_tokens,
            }

    def fail(self, error: ProxyError) -> None:
        self.outcome = {"error": type(error).__name__, "error_status": error.status}
        if error.code:
            self.outcome["error_code"] = error.code
        if isinstance(error, UpstreamError) and error.request_id:
            self.azure_request_id = error.request_id

    def write_defect(self, defect: Exception) -> None:
        """A line of its own: where it happened, without its text, which could quote the request."""
        frames = traceback.extract_tb(defect.__traceback__)[-5:]
        line = {
            "request_id": self.request_id,
            "defect": type(defect).__name__,
            "at": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames],
        }
        print(json.dumps(line), flush=True)

    def write(self) -> None:
        """Once; a request that has neither finished nor failed was left by its client."""
        if self._written:
            return
        self._written = True
        line = {
            "request_id": self.request_id,
            "route": self.route,
            "model": self.model,
            "deployment": self.deployment,
            "api": self.api,
            "stream": self.stream,
            "status": self.status,
            "attempts": self.attempts,
            "azure_request_id": self.azure_request_id,
            "first_byte_ms": self.first_byte_ms,
            "total_ms": self._elapsed(),
            **({"error": "ClientLeft"} if self.outcome is None else self.outcome),
        }
        print(json.dumps(line), flush=True)

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._started) * 1000)
