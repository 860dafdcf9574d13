"""OpenTelemetry, where the setting asks for it and its packages are there (docs/decisions/0038).

Nothing of OpenTelemetry is imported before that.
"""

from collections.abc import Mapping
from typing import Protocol

from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings

SETTING = "OPENTELEMETRY"
NOT_INSTALLED = (
    f"{SETTING} is on, but its packages are not installed, so no span is sent: publish with "
    "--opentelemetry, or install requirements-otel.txt."
)


class Telemetry(Protocol):
    warnings: tuple[str, ...]

    def write(self, log: RequestLog) -> None:
        """Of a request that is over."""

    def close(self) -> None:
        """Send what has not been sent. It takes a few seconds at most."""


class NoTelemetry:
    def __init__(self, *warnings: str) -> None:
        self.warnings = warnings

    def write(self, log: RequestLog) -> None:
        pass

    def close(self) -> None:
        pass


def start_telemetry(settings: Settings, environ: Mapping[str, str]) -> Telemetry:
    """Where spans cannot be sent, a warning says why, and the app serves all the same."""
    if not settings.opentelemetry:
        return NoTelemetry()
    try:
        from proxy_core.telemetry.sending import start_sending

        return start_sending(settings, environ)
    except ImportError:
        return NoTelemetry(NOT_INSTALLED)
