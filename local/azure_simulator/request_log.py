"""What the simulator received, for tests and for people who look.

Rule: no more is kept than KEPT requests and KEPT_BYTES; the oldest are forgotten first. So bodies
stay the bytes they came as: what they read as would be up to 20 times as large.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 1000
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class RequestRecord:
    """One request; it goes on changing until its reply has ended."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes = b""
    """The body, once it is known to be JSON."""
    status: int = 0
    problems: list[str] = field(default_factory=list)
    """Why it was refused."""
    warnings: list[str] = field(default_factory=list)
    """What Azure would serve, but a careful client would not send."""
    fault: str | None = None
    events: int = 0
    """How many events of the stream were sent."""
    finished: bool = False
    disconnected: bool = False
    """The client left before the end."""
    size: int = 0
    """Bytes, when it was last weighed."""

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None

    def weigh(self) -> None:
        texts = (self.path, self.query, self.headers, self.problems, self.warnings)
        self.size = len(self.content) + len(repr(texts))

    def to_json(self) -> dict[str, Any]:
        fields = {**asdict(self), "body": self.body}
        return {name: value for name, value in fields.items() if name not in ("content", "size")}


class RequestLog:
    """The last requests, written by the server's thread and read by any."""

    def __init__(self) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=KEPT)
        self._changed = threading.Condition()
        self._open = 0

    @property
    def records(self) -> list[RequestRecord]:
        with self._changed:
            return list(self._records)

    @property
    def open_requests(self) -> int:
        return self._open

    def clear(self) -> None:
        with self._changed:
            self._records.clear()

    def keep_body(self, record: RequestRecord, content: bytes) -> None:
        with self._changed:
            record.content = content
            self._weigh(record)

    @contextmanager
    def recording(self, record: RequestRecord) -> Iterator[None]:
        with self._changed:
            self._records.append(record)
            self._open += 1
        try:
            yield
        finally:
            with self._changed:
                record.finished = True
                self._weigh(record)
                self._open -= 1
                self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether every request has come to its end within this time."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._open:
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
        return True

    def _weigh(self, record: RequestRecord) -> None:
        record.weigh()
        size = sum(record.size for record in self._records)
        while size > KEPT_BYTES:
            size -= self._records.popleft().size
