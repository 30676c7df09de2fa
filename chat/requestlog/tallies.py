"""Adds closed rows to the sums that the overview reads."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from chat.ending import Ending, Extent
from chat.models import CallerKind, CallerSpan, Span, TimingTally
from chat.models.firsts import firsts
from chat.requestlog.columns import column
from chat.requestlog.cursor import Cursor
from chat.requestlog.record import Row
from chat.requestlog.sum_tables import (
    CALLERS,
    ENDINGS,
    REASONS,
    TABLES,
    TIMINGS,
    TOKENS,
    Figures,
    Key,
    Table,
    change,
    put,
)

SUMS = TOKENS
GROWTH = math.log(1.1)
NOTHING = Decimal(0)
# Worked out once: this is done for every row.
SPANS = tuple(Span.values)
CALLER_SPANS = tuple(CallerSpan.values)
SPANS_OF = {ENDINGS: SPANS, TIMINGS: SPANS, REASONS: SPANS, CALLERS: CALLER_SPANS}
SHORTEST, SHORTEST_OF_CALLERS = min(SPANS), min(CALLER_SPANS)  # the others are of these
CLIENT, USER, ADDRESS = (
    kind.value for kind in (CallerKind.CLIENT, CallerKind.USER, CallerKind.ADDRESS)
)

Sums = dict[str, dict[Key, Figures]]
Unlogged = tuple[datetime, str, str, str]
"""Of a request without a row: when it ended, how, whose that was, and its code."""


def add(cursor: Cursor, rows: Iterable[Row], taken_back: Iterable[Row] = ()) -> None:
    """Count `rows`, each closed just now, into the times at which they began.

    `taken_back` were counted as they are here, when they had been closed otherwise.
    """
    more, less = sums_of(rows), sums_of(taken_back)
    for table in TABLES:
        if less[table.name]:
            change(cursor, table, more[table.name], less[table.name])
        else:
            put(cursor, table, more[table.name])


def sums_of(rows: Iterable[Row]) -> Sums:
    """Return what `rows` add up to, by the name of the table.

    First in the shortest of the spans: its sums are fewer than rows.
    """
    found: Sums = {table.name: {} for table in TABLES}
    short: Sums = {table.name: {} for table in TABLES}
    for row in rows:
        for table, key, figures in _counts(row):
            table.add(short[table.name], key, figures)
    for table, spans in SPANS_OF.items():
        sums, at = found[table.name], table.key.index("at")
        for key, figures in short[table.name].items():
            for span in spans:
                start = _beginning(key[at] // span * span)
                table.add(sums, (span, *key[1:at], start, *key[at + 1 :]), figures)
    return found


def add_counts(cursor: Cursor, counts: Mapping[Unlogged, int]) -> None:
    """Count requests that have no row."""
    endings: dict[Key, Figures] = {}
    reasons: dict[Key, Figures] = {}
    nothing: Figures = [*[0] * len(TOKENS), NOTHING, 0, NOTHING]
    for (at, ending, whose, code), count in counts.items():
        for span in SPANS:
            start = _start(at, span)
            key: Key = (span, start, "", ending)
            ENDINGS.add(endings, key, [count, *nothing])
            answer = Extent.NONE.value
            key = (span, start, ending, answer, whose, column("error_code", code))
            REASONS.add(reasons, key, [count, at, at])
    put(cursor, ENDINGS, endings)
    put(cursor, REASONS, reasons)


def bucket(milliseconds: int) -> int:
    """Return n with 1.1**n <= milliseconds < 1.1**(n+1); 0 for less than one."""
    return int(math.log(milliseconds) / GROWTH) if milliseconds > 1 else 0


def is_failure(row: Row) -> bool:
    """Whether it is somebody's fault; an operator who stops an answer knows why."""
    return row.whose is not None and row.ending != Ending.STOPPED


def _counts(row: Row) -> Iterator[tuple[Table, Key, Figures]]:
    """Yield what `row` counts as in the shortest span, which begins at a second."""
    second = int(row.created_at.timestamp())
    at = second // SHORTEST * SHORTEST
    model = column("answered_model", row.answered_model or "")
    estimated = (row.charged_usd or NOTHING) if row.is_estimated else NOTHING
    cost = row.cost_usd or NOTHING
    tokens = [getattr(row, name) or 0 for name in TOKENS]
    figures = [1, *tokens, cost, int(row.cost_usd is not None), estimated]
    yield ENDINGS, (SHORTEST, at, model, str(row.ending)), figures
    for timing in _timings(row):
        yield TIMINGS, (SHORTEST, at, *timing), [1]
    if reason := _reason(row):
        times = [row.created_at, row.created_at]
        yield REASONS, (SHORTEST, at, *reason), [1, *times]
    spent = [row.prompt_tokens or 0, row.completion_tokens or 0, cost, estimated]
    figures = [1, int(is_failure(row)), *spent]
    span = SHORTEST_OF_CALLERS
    at = second // span * span
    for kind, client, caller in _callers(row):
        yield CALLERS, (span, kind, at, client, caller, model), figures


def _reason(row: Row) -> tuple[str, str, str, str] | None:
    """What a row is counted as that did not simply end well."""
    is_whole = row.answer in (None, Extent.WHOLE)
    if row.ending == Ending.COMPLETED and is_whole:
        return None
    code = column("error_code", row.error_code or "")
    return str(row.ending), row.answer or "", row.whose or "", code


def _callers(row: Row) -> Iterator[tuple[str, int, str]]:
    yield CLIENT, row.client_id or 0, ""
    if user := column("user_id", row.user_id or ""):
        yield USER, row.client_id or 0, user
    if row.address:
        yield ADDRESS, 0, row.address


def _start(at: datetime, span: int) -> datetime:
    return _beginning(int(at.timestamp()) // span * span)


@lru_cache(maxsize=256)
def _beginning(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _timings(row: Row) -> Iterable[tuple[str, int]]:
    sign, word = firsts(row.first_sign_ms, row.first_word_ms)
    if sign is not None:
        yield TimingTally.Measure.FIRST_SIGN.value, bucket(sign)
    if word is not None:
        yield TimingTally.Measure.FIRST_WORD.value, bucket(word)
    if row.duration_ms is not None and row.ending == "completed":
        yield TimingTally.Measure.DURATION.value, bucket(row.duration_ms)
