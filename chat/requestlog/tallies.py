"""Adds closed rows to the sums that the overview reads."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from chat.models import Span, TimingTally
from chat.requestlog.record import Row
from chat.requestlog.statements import column

SUMS = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")
GROWTH = math.log(1.1)

_ENDING_KEY = ("span", "at", "model", "ending")
_ENDING_SUMS = ("requests", *SUMS, "cost_usd", "priced")
_TIMING_KEY = ("span", "at", "measure", "bucket")


def add(
    cursor: CursorWrapper, rows: Iterable[Row], taken_back: Iterable[Row] = ()
) -> None:
    """Count `rows`, each closed just now, into the minute and the hour they began.

    `taken_back` were counted as they are here, when somebody else closed them.
    """
    endings: dict[tuple[Any, ...], list[Any]] = {}
    timings: Counter[tuple[Any, ...]] = Counter()
    for sign, some in ((1, rows), (-1, taken_back)):
        for row in some:
            model = column("answered_model", row.answered_model or "")
            for span in Span.values:
                at = _start(row.created_at, span)
                key = (span, at, model, row.ending)
                endings[key] = _sum(endings.get(key), row, sign)
                for timing in _timings(row):
                    timings[(span, at, *timing)] += sign
    adapt = connection.ops.adapt_datetimefield_value
    # In one order everywhere, or two processes could wait for each other.
    for (span, at, *rest), sums in sorted(endings.items(), key=lambda item: item[0]):
        _add_ending(cursor, [span, adapt(at), *rest], sums)
    for (span, at, *rest), count in sorted(timings.items()):
        values = [span, adapt(at), *rest, count]
        cursor.execute(_upsert("chat_timingtally", _TIMING_KEY, ("requests",)), values)


def add_counts(
    cursor: CursorWrapper, counts: Mapping[tuple[datetime, str], int]
) -> None:
    """Count requests that have no row, by when they ended and how."""
    endings: Counter[tuple[int, datetime, str, str]] = Counter()
    for (at, ending), count in counts.items():
        for span in Span.values:
            endings[span, _start(at, span), "", ending] += count
    adapt = connection.ops.adapt_datetimefield_value
    nothing: list[Any] = [*[0] * len(SUMS), Decimal(0), 0]
    for (span, at, model, ending), count in sorted(endings.items()):
        values = [span, adapt(at), model, ending, count, *nothing]
        cursor.execute(_upsert("chat_endingtally", _ENDING_KEY, _ENDING_SUMS), values)


def bucket(milliseconds: int) -> int:
    """Return n with 1.1**n <= milliseconds < 1.1**(n+1); 0 for less than one."""
    return int(math.log(milliseconds) / GROWTH) if milliseconds > 1 else 0


def _start(at: datetime, span: int) -> datetime:
    seconds = int(at.timestamp()) // span * span
    return datetime.fromtimestamp(seconds, UTC)


def _sum(sums: list[Any] | None, row: Row, sign: int) -> list[Any]:
    tokens = [getattr(row, name) or 0 for name in SUMS]
    more = [1, *tokens, row.cost_usd or Decimal(0), int(row.cost_usd is not None)]
    return [a + sign * b for a, b in zip(sums or [0] * len(more), more, strict=True)]


def _add_ending(cursor: CursorWrapper, key: list[Any], sums: list[Any]) -> None:
    if sums[0] >= 0:
        statement = _upsert("chat_endingtally", _ENDING_KEY, _ENDING_SUMS)
        cursor.execute(statement, [*key, *sums])
        return
    # Of a sum that is not kept any longer nothing is left to be taken away.
    changed = ", ".join(f"{n} = {n} + %s" for n in _ENDING_SUMS)
    where = " AND ".join(f"{n} = %s" for n in _ENDING_KEY)
    cursor.execute(
        f"UPDATE chat_endingtally SET {changed} WHERE {where}", [*sums, *key]
    )
    cursor.execute(f"DELETE FROM chat_endingtally WHERE {where} AND requests = 0", key)


def _timings(row: Row) -> Iterable[tuple[str, int]]:
    if row.first_word_ms is not None:
        yield TimingTally.Measure.FIRST_WORD.value, bucket(row.first_word_ms)
    if row.duration_ms is not None and row.ending == "completed":
        yield TimingTally.Measure.DURATION.value, bucket(row.duration_ms)


def _upsert(table: str, key: tuple[str, ...], sums: tuple[str, ...]) -> str:
    names = (*key, *sums)
    more = ", ".join(f"{n} = {table}.{n} + excluded.{n}" for n in sums)
    return (
        f"INSERT INTO {table} ({', '.join(names)})"
        f" VALUES ({', '.join(['%s'] * len(names))})"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {more}"
    )
