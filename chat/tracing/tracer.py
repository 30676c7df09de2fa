"""Begins a span as a request comes, and ends it as its exchange does."""

import logging
import threading
from functools import partial

from django.conf import settings
from django.http import HttpRequest

from chat import trace_id
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit
from chat.tracing.beside import Beside
from chat.tracing.ids import make_ids
from chat.tracing.spans import Begun, Spans, captures_text
from config.version import NAME, read_version

logger = logging.getLogger(__name__)

# What is not sent by then is not waited for.
SECONDS_TO_STOP = 5.0


class Tracer:
    """Hands spans to OpenTelemetry's SDK, which sends them from a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        """Raises ImportError where the extra is not installed."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = {"service.name": settings.OTEL_SERVICE_NAME}
        resource = Resource.create({**named, "service.version": read_version()})
        self._provider = TracerProvider(
            resource=resource, shutdown_on_exit=False, id_generator=make_ids()
        )
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._spans = Spans(self._provider, NAME, read_version())
        # Texts are put together beside the event loop.
        self._beside = Beside() if captures_text() else None

    def follow(self, exchange: Exchange, visit: Visit, request: HttpRequest) -> None:
        begun = self._spans.begin(visit, request)
        said = begun.span.get_span_context()
        trace_id.current.set(
            trace_id.TraceId(f"{said.trace_id:032x}", f"{said.span_id:016x}")
        )
        if settings.ZAI_SEND_TRACE:
            trace_id.handed_on.set(self._spans.hand_on(begun))
        exchange.when_closed(partial(self._end, begun, exchange))

    def refused(self, visit: Visit, outcome: Outcome, request: HttpRequest) -> None:
        self._spans.refuse(self._spans.begin(visit, request), outcome)

    def stop(self) -> None:
        """Send what is left; not for long."""
        stopping = threading.Thread(target=self._stop, daemon=True)
        stopping.start()
        stopping.join(SECONDS_TO_STOP)

    def _stop(self) -> None:
        if self._beside:
            self._beside.close()
        self._provider.shutdown()

    def _end(self, begun: Begun, exchange: Exchange, outcome: Outcome) -> None:
        """A span has no text where too many wait for theirs."""
        ending = partial(self._spans.end, begun, exchange, outcome)
        if not (self._beside and self._beside.do(partial(ending, with_text=True))):
            ending()


_tracer: Tracer | None = None


def begin() -> None:
    """Begin to trace, if it is set where to."""
    global _tracer
    endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
    if not endpoint or _tracer is not None:
        return
    try:
        _tracer = Tracer(endpoint)
    except ImportError:
        logger.error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed:"
            " pip install -r requirements-otel.lock"
        )


def stop() -> None:
    global _tracer
    if _tracer is not None:
        _tracer.stop()
        _tracer = None


def follow(exchange: Exchange, visit: Visit, request: HttpRequest) -> None:
    """Trace `exchange`, of the request `visit`, until it has ended."""
    if _tracer:
        _tracer.follow(exchange, visit, request)


def refused(visit: Visit, outcome: Outcome, request: HttpRequest) -> None:
    """Trace a request that became no exchange."""
    if _tracer:
        _tracer.refused(visit, outcome, request)
