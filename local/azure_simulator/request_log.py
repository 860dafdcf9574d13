"""What the simulator received, for tests and for people who look."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 1000


@dataclass(slots=True)
class RequestRecord:
    """One request; it goes on changing until its reply has ended."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


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
