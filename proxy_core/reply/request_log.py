"""One line per request on stdout, written at its true end; `log_lines.py` has its two forms.

Stdout, because the Functions host drops what is logged through `logging` once the response has
begun. Never a prompt, a reply or a key: names, numbers and ids only, and on a terminal the sentence
that the client got. docs/observability.md says what each field is.
"""

import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy_core.configuration.log_choices import LogLevel
from proxy_core.conversation import ReplyFinished
from proxy_core.deployments.models import Deployment
from proxy_core.errors import ProxyError, as_sentence
from proxy_core.reply import log_lines
from proxy_core.reply.attempt import Attempt, name_error

MOST_KINDS = 20

_WORD = re.compile(r"[\w .:-]{1,100}", re.ASCII)


@dataclass(slots=True)
class RequestLog:
    """Filled in as the request goes along, written once."""

    request_id: str
    route: str
    model: str = ""
    deployment: str = ""
    api: str = ""
    effort: str = ""  # as Azure was asked for it
    stream: bool = False
    left_out: frozenset[str] = (
        frozenset()
    )  # kinds of tools that the request had and Azure did not get
    status: int = 0
    attempts: int = 0
    failovers: int = 0
    resource: int = 0  # 0: AZURE_OPENAI_ENDPOINT, then the fallbacks
    azure_request_id: str = ""
    azure_x_request_id: str = ""
    azure_region: str = ""
    client_request_id: str = ""
    client: str = "client"  # which program calls; a word of ours
    caller: str = ""  # whose token it came with (`access.py`)
    sentence: str = ""  # what the client is told of a failure
    first_byte_ms: int | None = None
    first_word_ms: int | None = None
    outcome: dict[str, Any] | None = None  # None: not known yet; empty: there was nothing to do
    error: str = ""  # a word for what went wrong; empty where nothing did
    finished: ReplyFinished | None = None
    made: list[Attempt] = field(default_factory=list)
    conversation: str = ""  # a digest
    traceparent: str = ""  # who called, in the words of https://www.w3.org/TR/trace-context/
    also: Callable[["RequestLog"], None] = lambda _: None  # who else is told of it, once written
    _came: float = field(default_factory=time.time)
    _started: float = field(default_factory=time.monotonic)
    _written: bool = False

    def begin(self, status: int) -> None:
        """The client's answer begins now."""
        self.status = status
        self.tell_id()
        self.first_byte_ms = self._elapsed()

    def note_first_word(self) -> None:
        """The model has said something; the answer may have begun long before."""
        self.first_word_ms = self._elapsed()

    @property
    def started(self) -> float:
        return self._started

    def begin_attempt(self, deployment: Deployment) -> Attempt:
        self.attempts += 1
        self.made.append(attempt := Attempt(deployment.resource, deployment.api))
        return attempt

    def fail_attempt(self, error: ProxyError) -> None:
        """The one under way; the request may yet go well."""
        if self.made:
            self.made[-1].error = name_error(error)

    def beside(self, route: str, deployment: str, client: str) -> "RequestLog":
        """For what is asked on behalf of this request."""
        return RequestLog(
            self.request_id,
            route,
            deployment,
            deployment,
            client=client,
            caller=self.caller,
            traceparent=self.traceparent,
            also=self.also,
        )

    def note_azure(self, headers: Mapping[str, str]) -> None:
        """What Azure calls this request, for a support case. Of several attempts, the last."""
        self.azure_request_id = _word(headers.get("apim-request-id"))
        self.azure_x_request_id = _word(headers.get("x-request-id"))
        self.azure_region = _word(headers.get("x-ms-region"))

    def tell_id(self) -> str:
        """What the client gets as `request-id`: Azure's, which its support knows, or else ours."""
        azures = self.azure_request_id or self.azure_x_request_id
        self.client_request_id = self.client_request_id or azures or self.request_id
        return self.client_request_id

    def finish(self, finished: ReplyFinished) -> None:
        self.finished = finished
        self.outcome = {"stop_reason": finished.stop_reason}
        if usage := finished.usage:
            self.outcome |= {
                "input_tokens": usage.input_tokens,
                "cached_tokens": usage.cached_tokens,
                "cache_write_tokens": usage.cache_write_tokens,
                "output_tokens": usage.output_tokens,
                "reasoning_tokens": usage.reasoning_tokens,
            }

    def fail(self, error: ProxyError) -> None:
        self.error = name_error(error)
        self.outcome = {"error": type(error).__name__, "error_status": error.status}
        self.sentence = " ".join(filter(None, (as_sentence(error.message), error.advice)))
        if error.code:
            self.outcome["error_code"] = error.code

    def write_defect(self, defect: Exception) -> None:
        """A line of its own: where it happened, without its text, which could quote the request."""
        frames = traceback.extract_tb(defect.__traceback__)[-5:]
        record = {
            "request_id": self.request_id,
            "defect": type(defect).__name__,
            "at": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames],
        }
        log_lines.write_defect(record)

    def write(self) -> None:
        """Once; a request that has neither finished nor failed was left by its client."""
        if self._written:
            return
        self._written = True
        log_lines.write_request(self.record(), self.sentence)
        try:
            self.also(self)
        except Exception as defect:  # what is told beside the line never costs a reply
            self.write_defect(defect)

    def record(self) -> dict[str, Any]:
        """What its line says of the request."""
        return {
            "time": log_lines.spell_time(self._came),
            "level": self._level(),
            "request_id": self.request_id,
            "client_request_id": self.client_request_id,
            "route": self.route,
            "client": self.client,
            "caller": self.caller,
            "model": self.model,
            "deployment": self.deployment,
            "api": self.api,
            "effort": self.effort,
            "stream": self.stream,
            "status": self.status,
            "attempts": self.attempts,
            "failovers": self.failovers,
            "resource": self.resource,
            **({"left_out": self._left_out()} if self.left_out else {}),
            "azure_request_id": self.azure_request_id,
            "azure_x_request_id": self.azure_x_request_id,
            "azure_region": self.azure_region,
            "first_byte_ms": self.first_byte_ms,
            "first_word_ms": self.first_word_ms,
            "total_ms": self._elapsed(),
            **({"error": "ClientLeft"} if self.outcome is None else self.outcome),
        }

    def _level(self) -> LogLevel:
        """Of a failure that is nobody's but the proxy's or Azure's: error."""
        if self.outcome == {}:
            return "debug"  # a probe, a list, a preflight: they went well and did nothing
        status = (self.outcome or {}).get("error_status")
        if status is None:
            return "info"
        return "error" if status >= 500 else "warning"

    def _left_out(self) -> list[str]:
        return sorted({_word(kind) or "?" for kind in self.left_out})[:MOST_KINDS]

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def _word(value: str | None) -> str:
    """Only what may stand in a header: a gateway can send anything."""
    return value if value and _WORD.fullmatch(value) else ""
