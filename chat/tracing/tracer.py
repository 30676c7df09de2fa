"""Begins a span as a request comes, and ends it as its exchange does."""

import logging
import threading
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest

from chat import trace_id
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit
from chat.tracing import attributes
from config.version import NAME, read_version

if TYPE_CHECKING:
    from opentelemetry.trace import Span

logger = logging.getLogger(__name__)

# What is not sent by then is not waited for.
SECONDS_TO_STOP = 5.0
NANO = 1_000_000_000


class Tracer:
    """Hands spans to OpenTelemetry's SDK, which sends them from a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        """Raises ImportError where the extra is not installed."""
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import (
            TraceContextTextMapPropagator,
        )

        named = {"service.name": settings.OTEL_SERVICE_NAME}
        resource = Resource.create({**named, "service.version": read_version()})
        self._api = trace
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(NAME, read_version())
        self._propagator = TraceContextTextMapPropagator()

    def follow(self, exchange: Exchange, visit: Visit, request: HttpRequest) -> None:
        span = self._begin(visit, request)
        said = span.get_span_context()
        trace_id.current.set(
            trace_id.TraceId(f"{said.trace_id:032x}", f"{said.span_id:016x}")
        )
        exchange.when_closed(partial(self._end, span, exchange))

    def refused(self, visit: Visit, outcome: Outcome, request: HttpRequest) -> None:
        span = self._begin(visit, request)
        span.set_attributes(attributes.of_end(outcome))
        span.end()

    def stop(self) -> None:
        """Send what is left; not for long."""
        stopping = threading.Thread(target=self._provider.shutdown, daemon=True)
        stopping.start()
        stopping.join(SECONDS_TO_STOP)

    def _begin(self, visit: Visit, request: HttpRequest) -> "Span":
        carrier = {
            name: value
            for name in ("traceparent", "tracestate")
            if (value := request.headers.get(name))
        }
        return self._tracer.start_span(
            f"POST {visit.path}",
            self._propagator.extract(carrier),
            kind=self._api.SpanKind.SERVER,
            attributes=attributes.of_request(visit),
            start_time=_nanoseconds(visit.at),
        )

    def _end(self, span: "Span", exchange: Exchange, outcome: Outcome) -> None:
        opened = _nanoseconds(exchange.seen.opened_at)
        over = opened + round((outcome.duration or 0.0) * NANO)
        if span.is_recording():
            span.set_attributes(attributes.of_end(outcome))
            self._judge(span, outcome)
            self._tell_inference(span, exchange, outcome, opened, over)
        span.end(over)

    def _tell_inference(
        self,
        parent: "Span",
        exchange: Exchange,
        outcome: Outcome,
        opened: int,
        over: int,
    ) -> None:
        if not outcome.attempts:
            return
        asked = exchange.chat
        first = outcome.attempts[0].start
        span = self._tracer.start_span(
            f"chat {asked.model}",
            self._api.set_span_in_context(parent),
            kind=self._api.SpanKind.CLIENT,
            attributes=attributes.of_inference(asked, outcome, settings.ZAI_BASE_URL),
            start_time=opened + first * NANO // 1000,
        )
        for number, attempt in enumerate(outcome.attempts, 1):
            told: dict[str, Any] = {
                "number": number,
                "code": attempt.code or "answered",
            }
            if attempt.queued:
                told["waited"] = attempt.queued / 1000
            span.add_event("try", told, opened + attempt.start * NANO // 1000)
        if outcome.first_word is not None:
            at = opened + round(outcome.first_word * NANO)
            span.add_event("first_word", timestamp=at)
        self._judge(span, outcome)
        span.end(over)

    def _judge(self, span: "Span", outcome: Outcome) -> None:
        """A failure of the caller's is none of a server's."""
        if outcome.whose not in (None, "caller"):
            span.set_status(self._api.StatusCode.ERROR)


def _nanoseconds(moment: datetime) -> int:
    passed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = passed.days * 86_400 + passed.seconds
    return seconds * NANO + passed.microseconds * 1000


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
