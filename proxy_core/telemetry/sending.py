"""Where spans go: to Application Insights, to a collector of OTLP, or both.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
https://learn.microsoft.com/python/api/overview/azure/monitor-opentelemetry-exporter-readme

Rules:
- a thread sends them, in batches, from a queue that holds so many (OTEL_BSP_*) and no more: what
  does not answer costs spans, and never a request's time;
- of the exporters only what is needed is imported: each has its own price;
- the provider is our own, not the process's: what the Functions worker or anybody else sets up for
  the process neither doubles these spans nor gets them.
"""

import atexit
import os
import threading
from collections.abc import Callable, Iterator, Mapping

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from proxy_core.telemetry.spans import RequestIds, SpanWriter, read_server

APPLICATION_INSIGHTS = "APPLICATIONINSIGHTS_CONNECTION_STRING"
OTLP = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NOWHERE = (
    f"OPENTELEMETRY is on, but nothing says where spans go: set {APPLICATION_INSIGHTS}, or "
    f"{OTLP[1]}."
)
# The exporter would measure itself, for Microsoft and for its user, and ask how it should behave:
# three more threads, and hosts that a closed network does not let it reach. The last one is an item
# beside each batch, about the process's own provider, which there is none of.
QUIET = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
LAST_WORDS = 2.0  # seconds in which the rest is sent when the app ends

MakeExporter = Callable[[], SpanExporter]


class Sending:
    """The spans of this process, on their way."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], exporters: list[SpanExporter]
    ) -> None:
        self.warnings: tuple[str, ...] = ()
        ids = RequestIds()
        self._provider = TracerProvider(
            # A caller may not decide what is recorded here: Application Insights in the Functions
            # host calls what it watches "not sampled".
            sampler=None if environ.get("OTEL_TRACES_SAMPLER") else ALWAYS_ON,
            resource=_describe(environ),
            id_generator=ids,
            shutdown_on_exit=False,  # it would wait for half a minute
        )
        for exporter in exporters:
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        addresses = [resource.address for resource in settings.resources]
        servers = {address.resource: read_server(address) for address in addresses}
        self._writer = SpanWriter(self._provider.get_tracer("azure-gpt-proxy"), ids, servers)
        atexit.register(self.close)

    def write(self, log: RequestLog) -> None:
        self._writer.write(log)

    def close(self) -> None:
        """May be said twice. The thread is left behind where nobody answers in time."""
        atexit.unregister(self.close)
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(LAST_WORDS)


def start_sending(settings: Settings, environ: Mapping[str, str]) -> Sending:
    """Raises ImportError where a package is missing."""
    exporters: list[SpanExporter] = []
    unusable: list[str] = []
    for setting, make in _find_destinations(environ):
        try:
            exporters.append(make())
        except ImportError:
            raise
        except Exception as error:  # of its text nothing is said: it may quote a key
            reason = type(error).__name__
            unusable.append(f"{setting} cannot be used, so no span goes there ({reason}).")
    sending = Sending(settings, environ, exporters)
    sending.warnings = tuple(unusable) if exporters or unusable else (NOWHERE,)
    return sending


def _find_destinations(environ: Mapping[str, str]) -> Iterator[tuple[str, MakeExporter]]:
    if environ.get(APPLICATION_INSIGHTS):
        yield APPLICATION_INSIGHTS, _make_azure_exporter
    if set_ones := [name for name in OTLP if environ.get(name)]:
        yield set_ones[0], _make_otlp_exporter


def _make_azure_exporter() -> SpanExporter:
    """It reads its own settings, among them APPLICATIONINSIGHTS_AUTHENTICATION_STRING for Entra."""
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter

    for name in QUIET:
        os.environ.setdefault(name, "true")
    return AzureMonitorTraceExporter(disable_offline_storage=True)


def _make_otlp_exporter() -> SpanExporter:
    """It reads OTEL_EXPORTER_OTLP_*, and sends protobuf over HTTP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _describe(environ: Mapping[str, str]) -> Resource:
    """By the name that the Functions host goes by, unless OTEL_SERVICE_NAME says another."""
    name = environ.get("OTEL_SERVICE_NAME") or environ.get("WEBSITE_SITE_NAME")
    return Resource.create({SERVICE_NAME: name or "azure-gpt-proxy"})
