"""The spans of a request: how they begin, what they tell, and when they end."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest

from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit
from chat.tracing import attributes, ids
from chat.tracing.texts import of_texts
from chat.upstream.attempts import Attempt

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanContext

logger = logging.getLogger(__name__)

NANO = 1_000_000_000
CONTEXT = ("traceparent", "tracestate")


@dataclass
class Begun:
    """`inner`: the id that the span of the call of Z.AI will have, where Z.AI was told
    of it."""

    span: "Span"
    inner: int | None = None


class Spans:
    """Raises ImportError where the extra is not installed."""

    def __init__(self, provider: "TracerProvider", name: str, version: str) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import (
            TraceContextTextMapPropagator,
        )

        self._api = trace
        self._ids = provider.id_generator
        self._tracer = provider.get_tracer(name, version)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, visit: Visit, request: HttpRequest) -> Begun:
        """Begin the span of a request, in the trace of its caller if it is in one."""
        carrier = {
            name: value for name in CONTEXT if (value := request.headers.get(name))
        }
        span = self._tracer.start_span(
            f"POST {visit.path}",
            self._propagator.extract(carrier),
            kind=self._api.SpanKind.SERVER,
            attributes=attributes.of_request(visit),
            start_time=_nanoseconds(visit.at),
        )
        return Begun(span)

    def hand_on(self, begun: Begun) -> dict[str, str]:
        """Return the headers by which Z.AI is told whose call it is; none of a trace
        that is not kept here."""
        outer: SpanContext = begun.span.get_span_context()
        begun.inner = self._ids.generate_span_id()
        inner = self._api.SpanContext(
            outer.trace_id, begun.inner, False, outer.trace_flags, outer.trace_state
        )
        headers: dict[str, str] = {}
        self._propagator.inject(
            headers,
            self._api.set_span_in_context(self._api.NonRecordingSpan(inner)),
        )
        return headers

    def refuse(self, begun: Begun, outcome: Outcome) -> None:
        begun.span.set_attributes(attributes.of_end(outcome))
        begun.span.end()

    def end(
        self,
        begun: Begun,
        exchange: Exchange,
        outcome: Outcome,
        *,
        with_text: bool = False,
    ) -> None:
        """End it as the exchange did, and tell of the call of Z.AI below it."""
        span = begun.span
        opened = _nanoseconds(exchange.seen.opened_at)
        over = opened + round((outcome.duration or 0.0) * NANO)
        if span.is_recording():
            span.set_attributes(attributes.of_end(outcome))
            self._judge(span, outcome)
            if outcome.attempts:
                texts = _texts(exchange, outcome) if with_text else {}
                told = attributes.of_inference(
                    exchange.chat, outcome, settings.ZAI_BASE_URL
                )
                self._tell_inference(begun, outcome, {**told, **texts}, opened, over)
        span.end(over)

    def _tell_inference(
        self,
        begun: Begun,
        outcome: Outcome,
        told: dict[str, Any],
        opened: int,
        over: int,
    ) -> None:
        with ids.kept(begun.inner):
            span = self._tracer.start_span(
                f"chat {told['gen_ai.request.model']}",
                self._api.set_span_in_context(begun.span),
                kind=self._api.SpanKind.CLIENT,
                attributes=told,
                start_time=_at(opened, outcome.attempts[0]),
            )
        for number, attempt in enumerate(outcome.attempts, 1):
            span.add_event("try", _of_try(number, attempt), _at(opened, attempt))
        if outcome.first_word is not None:
            at = opened + round(outcome.first_word * NANO)
            span.add_event("first_word", timestamp=at)
        self._judge(span, outcome)
        span.end(over)

    def _judge(self, span: "Span", outcome: Outcome) -> None:
        """A failure of the caller's is none of a server's."""
        if outcome.whose not in (None, "caller"):
            span.set_status(self._api.StatusCode.ERROR)


def captures_text() -> bool:
    """Whether spans are to have what was said; EVENT_ONLY is for events, of which there
    are none."""
    word = settings.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
    return word in ("true", "SPAN_ONLY", "SPAN_AND_EVENT")


def _texts(exchange: Exchange, outcome: Outcome) -> dict[str, str]:
    reasons = attributes.finish_reasons(outcome) or [attributes.BROKEN_OFF]
    try:
        return of_texts(exchange, outcome, reasons[0])
    except Exception:  # what callers send may have any shape
        logger.exception("What was said cannot be put into a span")
        return {}


def _of_try(number: int, attempt: Attempt) -> dict[str, Any]:
    told: dict[str, Any] = {"number": number, "code": attempt.code or "answered"}
    if attempt.queued:
        told["waited"] = attempt.queued / 1000
    return told


def _at(opened: int, attempt: Attempt) -> int:
    return opened + attempt.start * NANO // 1000


def _nanoseconds(moment: datetime) -> int:
    passed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = passed.days * 86_400 + passed.seconds
    return seconds * NANO + passed.microseconds * 1000
