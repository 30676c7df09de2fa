"""What a row says of a request: as it comes, and as it ended."""

from typing import Any

from django.conf import settings
from msgspec.structs import replace

from chat.ending import Ending
from chat.event import Usage
from chat.exchange.exchange import Exchange
from chat.failures import Failure, Refused, UpstreamRejected
from chat.requestlog import prices
from chat.requestlog.question import Visit as Visit
from chat.requestlog.question import figures, keeps_text
from chat.requestlog.record import Record, Row, Text
from chat.requestlog.transcript import Transcript


def opened(row: Row, exchange: Exchange) -> Record:
    asked = exchange.chat
    text = Text(messages=asked.messages, extra=None) if keeps_text(asked) else None
    return Record(row, text)


def ended(row: Row, exchange: Exchange, transcript: Transcript | None) -> Record:
    seen, usage = exchange.seen, exchange.seen.usage
    row = replace(
        _failed(row, exchange.failure, with_words=transcript is not None),
        status=exchange.status,
        ending=exchange.ending,
        finish_reason=seen.finish_reason,
        answered_model=seen.answered_model,
        upstream_id=seen.upstream_id,
        tries=exchange.tries,
        first_event_ms=_ms(seen.first_event),
        first_word_ms=_ms(seen.first_word),
        duration_ms=_ms(seen.duration),
        events=seen.events,
    )
    if usage:
        row = _with_tokens(row, usage)
    return Record(row, _text(exchange, transcript))


def refused(row: Row, failure: Failure) -> Record:
    row = _failed(row, failure, with_words=bool(settings.CHAT_STORE_TEXT))
    return Record(replace(row, status=failure.status, ending=failure.ending))


def is_callers_fault(exchange: Exchange) -> bool:
    """Whether Z.AI turned the request away as we turn away what cannot be answered."""
    failure = exchange.failure
    return (
        isinstance(failure, UpstreamRejected)
        and failure.type == Refused.type
        and exchange.ending == Ending.UPSTREAM_REJECTED
    )


def _words(parameters: dict[str, Any]) -> dict[str, Any]:
    kept = figures(parameters)
    return {
        name: value
        for name, value in parameters.items()
        if name != "user_id" and kept.get(name) != value
    }


def _text(exchange: Exchange, transcript: Transcript | None) -> Text | None:
    if transcript is None:
        return None
    words = _words(exchange.chat.parameters)
    extra = {**(transcript.extra or {}), **({"parameters": words} if words else {})}
    return Text(
        messages=exchange.chat.messages,
        answer=transcript.answer,
        reasoning=transcript.reasoning,
        extra=extra or None,
    )


def _failed(row: Row, failure: Failure | None, *, with_words: bool) -> Row:
    if failure is None:
        return row
    told = failure.diagnosis if with_words else failure.discreet
    return replace(row, error_code=failure.code, error_message=told)


def _with_tokens(row: Row, usage: Usage) -> Row:
    return replace(
        row,
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_usd=prices.cost(row.answered_model, usage),
    )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
