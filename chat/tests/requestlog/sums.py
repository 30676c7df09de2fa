"""The sums beside the rows, worked out again."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from chat.models import CallerTally, EndingTally, ReasonTally, RequestLog, TimingTally
from chat.requestlog import tallies

Sums = dict[Any, list[Any]]
NOTHING = Decimal(0)


def tallies_agree() -> bool:
    """Whether the sums are what one computes from the closed rows."""
    rows = list(RequestLog.objects.exclude(ending=None))
    assert _stored_timings() == _summed(rows, _timings)
    assert _stored_reasons() == _summed(rows, _reasons)
    assert _stored_callers() == _summed(rows, _callers)
    assert _stored_endings() == _summed(rows, _endings)
    return True


def _summed(rows: list[RequestLog], counts: Any) -> Sums:
    found: Sums = {}
    for row in rows:
        for key, more in counts(row):
            sums = found.setdefault(key, [0] * len(more))
            found[key] = [a + b for a, b in zip(sums, more, strict=True)]
    return found


def _endings(row: RequestLog) -> Iterator[tuple[Any, list[Any]]]:
    counts = [getattr(row, name) or 0 for name in tallies.SUMS]
    more = [*counts, 1, int(row.cost_usd is not None), row.cost_usd or 0, _guess(row)]
    for span in (60, 3600):
        at = tallies._start(row.created_at, span)
        yield (span, at, row.answered_model or "", row.ending), more


def _stored_endings() -> Sums:
    names = [*tallies.SUMS, "requests", "priced", "cost_usd", "estimated_usd"]
    return {
        (t.span, t.at, t.model, t.ending): [getattr(t, name) for name in names]
        for t in EndingTally.objects.all()
    }


def _timings(row: RequestLog) -> Iterator[tuple[Any, list[int]]]:
    for span in (60, 3600):
        at = tallies._start(row.created_at, span)
        for measure, bucket in _measured(row):
            yield (span, at, measure, bucket), [1]


def _stored_timings() -> Sums:
    return {
        (t.span, t.at, t.measure, t.bucket): [t.requests]
        for t in TimingTally.objects.all()
    }


def _measured(row: RequestLog) -> Iterator[tuple[str, int]]:
    sign, word = row.first_sign_ms, row.first_word_ms
    if sign is None:  # written by an older version, or not measured
        sign, word = word, None
    if sign is not None:
        yield "first_word", tallies.bucket(sign)
    if word is not None:
        yield "answer_word", tallies.bucket(word)
    if row.ending == "completed" and row.duration_ms is not None:
        yield "duration", tallies.bucket(row.duration_ms)


def _reasons(row: RequestLog) -> Iterator[tuple[Any, list[int]]]:
    if row.ending == "completed" and row.answer in ("whole", None):
        return
    why = (row.ending, row.answer or "", row.whose or "", row.error_code or "")
    for span in (60, 3600):
        yield (span, tallies._start(row.created_at, span), *why), [1]


def _stored_reasons() -> Sums:
    found = ReasonTally.objects.all()
    assert all(t.first_at <= t.last_at for t in found)
    return {
        (t.span, t.at, t.ending, t.answer, t.whose, t.code): [t.requests] for t in found
    }


def _callers(row: RequestLog) -> Iterator[tuple[Any, list[Any]]]:
    failed = int(row.whose is not None and row.ending != "stopped")
    tokens = [row.prompt_tokens or 0, row.completion_tokens or 0]
    more = [1, failed, *tokens, row.cost_usd or 0, _guess(row)]
    callers = {
        "client": (row.client_id or 0, ""),
        "user": row.user_id and (row.client_id or 0, row.user_id),
        "address": row.address and (0, row.address),
    }
    for span in (3600, 86_400):
        at = tallies._start(row.created_at, span)
        for kind, caller in callers.items():
            if caller:
                yield (span, kind, at, *caller, row.answered_model or ""), more


def _stored_callers() -> Sums:
    names = ("requests", "failures", "prompt_tokens", "completion_tokens")
    return {
        (t.span, t.kind, t.at, t.client_id, t.caller, t.model): [
            *(getattr(t, name) for name in names), t.cost_usd, t.estimated_usd,
        ]
        for t in CallerTally.objects.all()
    }  # fmt: skip


def _guess(row: RequestLog) -> Decimal:
    return (row.charged_usd or NOTHING) if row.is_estimated else NOTHING
