"""What a row says of a request: as it comes, and as it ended."""

from typing import Any

from django.conf import settings
from msgspec.json import encode
from msgspec.structs import replace

from chat.conversation import ChatRequest
from chat.event import Usage
from chat.exchange.outcome import Outcome
from chat.failures import Failure
from chat.glm import prices
from chat.requestlog.question import figures, keeps_text
from chat.requestlog.record import Record, Row, Text
from chat.requestlog.transcript import Transcript
from chat.upstream.attempts import Attempt

NAME_SEPARATOR = ", "


def opened(row: Row, asked: ChatRequest) -> Record:
    text = Text(messages=asked.messages, extra=None) if keeps_text(asked) else None
    return Record(row, text)


def ended(
    row: Row,
    outcome: Outcome,
    asked: ChatRequest,
    transcript: Transcript | None,
    *,
    with_conversation: bool = True,
) -> Record:
    """Return the closing of a request; its opening may have the conversation."""
    row = _with_outcome(row, outcome, with_words=transcript is not None)
    return Record(row, _text(asked, transcript, with_conversation))


def refused(row: Row, outcome: Outcome) -> Record:
    with_words = bool(settings.CHAT_STORE_TEXT)
    return Record(_with_outcome(row, outcome, with_words=with_words))


def _with_outcome(row: Row, outcome: Outcome, *, with_words: bool) -> Row:
    charge = outcome.charge
    row = replace(
        _failed(row, outcome.failure, with_words=with_words),
        status=outcome.status,
        error_status=outcome.error_status,
        ending=outcome.ending,
        answer=outcome.answer,
        whose=outcome.whose,
        finish_reason=outcome.finish_reason,
        answered_model=outcome.answered_model,
        upstream_id=outcome.upstream_id,
        tries=outcome.tries,
        attempts=_told(outcome.attempts),
        waited_ms=_ms(outcome.waited),
        first_event_ms=_ms(outcome.first_event),
        first_sign_ms=_ms(outcome.first_sign),
        first_word_ms=_ms(outcome.first_word),
        duration_ms=_ms(outcome.duration),
        events=outcome.events,
        repaired_names=_joined(outcome.repaired_names),
        charged_usd=charge.usd if charge else None,
        is_estimated=charge.is_estimated if charge else None,
    )
    return _with_tokens(row, outcome.usage) if outcome.usage else row


def _told(attempts: tuple[Attempt, ...]) -> str | None:
    return encode(attempts).decode() if attempts else None


def _joined(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else NAME_SEPARATOR.join(names)


def _words(parameters: dict[str, Any]) -> dict[str, Any]:
    kept = figures(parameters)
    return {
        name: value
        for name, value in parameters.items()
        if name != "user_id" and kept.get(name) != value
    }


def _text(
    asked: ChatRequest, transcript: Transcript | None, with_conversation: bool
) -> Text | None:
    if transcript is None:
        return None
    words = _words(asked.parameters)
    extra = {**(transcript.extra or {}), **({"parameters": words} if words else {})}
    return Text(
        messages=asked.messages if with_conversation else None,
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
