"""Adds closed rows to the sums that the overview reads."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from chat.models import Span, TimingTally
from chat.models.firsts import firsts
from chat.requestlog.record import Row
from chat.requestlog.statements import column


class _Table(NamedTuple):
    """Sums, and by what they are kept apart; `at` is always the second."""

    name: str
    key: tuple[str, ...]
    sums: tuple[str, ...]


SUMS = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
GROWTH = math.log(1.1)

_ENDINGS = _Table(
    "chat_endingtally",
    ("span", "at", "model", "ending"),
    ("requests", *SUMS, "cost_usd", "priced"),
)
_TIMINGS = _Table(
    "chat_timingtally", ("span", "at", "measure", "bucket"), ("requests",)
)


def add(
    cursor: CursorWrapper, rows: Iterable[Row], taken_back: Iterable[Row] = ()
) -> None:
    """Count `rows`, each closed just now, into the minute and the hour they began.

    `taken_back` were counted as they are here, when they had been closed otherwise.
    """
    more, less = _Sums(rows), _Sums(taken_back)
    # In one order everywhere, or two processes could wait for each other.
    for key in sorted({*more.endings, *less.endings}):
        if sums := less.endings.get(key):
            _take_away(cursor, _ENDINGS, key, sums)
        if sums := more.endings.get(key):
            _add(cursor, _ENDINGS, key, sums)
    for key in sorted({*more.timings, *less.timings}):
        if key in less.timings:
            _take_away(cursor, _TIMINGS, key, [less.timings[key]])
        if key in more.timings:
            _add(cursor, _TIMINGS, key, [more.timings[key]])


class _Sums:
    """What some rows add up to, by the keys of both tables."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.endings: dict[tuple[Any, ...], list[Any]] = {}
        self.timings: Counter[tuple[Any, ...]] = Counter()
        for row in rows:
            model = column("answered_model", row.answered_model or "")
            for span in Span.values:
                at = _start(row.created_at, span)
                key = (span, at, model, str(row.ending))
                self.endings[key] = _sum(self.endings.get(key), row)
                for timing in _timings(row):
                    self.timings[(span, at, *timing)] += 1


def add_counts(
    cursor: CursorWrapper, counts: Mapping[tuple[datetime, str], int]
) -> None:
    """Count requests that have no row, by when they ended and how."""
    endings: Counter[tuple[int, datetime, str, str]] = Counter()
    for (at, ending), count in counts.items():
        for span in Span.values:
            endings[span, _start(at, span), "", ending] += count
    nothing: list[Any] = [*[0] * len(SUMS), Decimal(0), 0]
    for key, count in sorted(endings.items()):
        _add(cursor, _ENDINGS, key, [count, *nothing])


def bucket(milliseconds: int) -> int:
    """Return n with 1.1**n <= milliseconds < 1.1**(n+1); 0 for less than one."""
    return int(math.log(milliseconds) / GROWTH) if milliseconds > 1 else 0


def _start(at: datetime, span: int) -> datetime:
    seconds = int(at.timestamp()) // span * span
    return datetime.fromtimestamp(seconds, UTC)


def _sum(sums: list[Any] | None, row: Row) -> list[Any]:
    tokens = [getattr(row, name) or 0 for name in SUMS]
    more = [1, *tokens, row.cost_usd or Decimal(0), int(row.cost_usd is not None)]
    return [a + b for a, b in zip(sums or [0] * len(more), more, strict=True)]


def _timings(row: Row) -> Iterable[tuple[str, int]]:
    sign, word = firsts(row.first_sign_ms, row.first_word_ms)
    if sign is not None:
        yield TimingTally.Measure.FIRST_SIGN.value, bucket(sign)
    if word is not None:
        yield TimingTally.Measure.FIRST_WORD.value, bucket(word)
    if row.duration_ms is not None and row.ending == "completed":
        yield TimingTally.Measure.DURATION.value, bucket(row.duration_ms)


def _add(
    cursor: CursorWrapper, table: _Table, key: tuple[Any, ...], sums: list[Any]
) -> None:
    names = (*table.key, *table.sums)
    more = ", ".join(f"{n} = {table.name}.{n} + excluded.{n}" for n in table.sums)
    cursor.execute(
        f"INSERT INTO {table.name} ({', '.join(names)})"
        f" VALUES ({', '.join(['%s'] * len(names))})"
        f" ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {more}",
        [*_adapted(key), *sums],
    )


def _take_away(
    cursor: CursorWrapper, table: _Table, key: tuple[Any, ...], sums: list[Any]
) -> None:
    """Of a sum that was not kept for so long, or only in part, nothing is left below
    nought: that would be no sum."""
    least = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    less = ", ".join(f"{n} = {least}({n} - %s, 0)" for n in table.sums)
    where = " AND ".join(f"{n} = %s" for n in table.key)
    its = _adapted(key)
    cursor.execute(f"UPDATE {table.name} SET {less} WHERE {where}", [*sums, *its])
    cursor.execute(f"DELETE FROM {table.name} WHERE {where} AND requests = 0", its)


def _adapted(key: tuple[Any, ...]) -> list[Any]:
    span, at, *rest = key
    return [span, connection.ops.adapt_datetimefield_value(at), *rest]
