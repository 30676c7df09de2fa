"""Works sums out again from the rows: of the time before there were any such sums."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from chat.models import (
    CallerKind,
    CallerSpan,
    CallerTally,
    EndingTally,
    ReasonTally,
    RequestLog,
    Span,
)
from chat.requestlog.callers import FOLDED_AFTER, PERSONAL, fold
from chat.requestlog.record import COUNTED, Row, counted
from chat.requestlog.sum_tables import CALLERS, ENDINGS, REASONS, TABLES, put
from chat.requestlog.tallies import Sums, sums_of

SLICE = 5_000
DAY = timedelta(days=1)


def days_to_recount() -> list[datetime]:
    """The days (UTC) with rows up to the one on which these sums began, the newest
    first: what people look at most."""
    rows = RequestLog.objects.order_by("created_at").values_list("created_at")
    first = rows.first()
    if first is None:
        return []
    sums = CallerTally.objects.filter(span=CallerSpan.DAY, kind=CallerKind.CLIENT)
    last = sums.order_by("at").values_list("at", flat=True).first()
    midnight = _midnight(last or datetime.now(UTC))
    oldest = _midnight(first[0])
    return [midnight - n * DAY for n in range((midnight - oldest).days + 1)]


def recount(day: datetime) -> int:
    """Work out the sums of a day (UTC); return of how many rows.

    Whoever counts meanwhile waits: in the log's files, if it takes long.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = f"{REASONS.name}, {CALLERS.name}"
            cursor.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        of_day = {"at__gte": day, "at__lt": day + DAY}
        CallerTally.objects.filter(
            span__in=CallerSpan.values, kind__in=CallerKind.values, **of_day
        ).delete()
        ReasonTally.objects.filter(span=Span.HOUR, **of_day).delete()
        found: Sums = {table.name: {} for table in TABLES}
        count = 0
        for rows in _slices(day):
            count += len(rows)
            _add(found, sums_of(rows))
        put(cursor, CALLERS, found[CALLERS.name])
        if day + DAY < datetime.now(UTC) - FOLDED_AFTER:
            for kind in PERSONAL:
                while fold(kind, day):
                    pass
        hours = {k: v for k, v in found[REASONS.name].items() if k[0] == Span.HOUR}
        put(cursor, REASONS, hours)
        _estimate(found)
    return count


def _estimate(found: Sums) -> None:
    """What was estimated is known by ending as well; an older version did not say."""
    for (span, at, model, ending), figures in found[ENDINGS.name].items():
        if span == Span.HOUR and figures[-1]:
            hour = EndingTally.objects.filter(span=span, at=at, model=model)
            hour.filter(ending=ending).update(estimated_usd=figures[-1])


def _slices(day: datetime) -> Iterator[list[Row]]:
    rows = RequestLog.objects.filter(created_at__gte=day, created_at__lt=day + DAY)
    needed = ("dialect", "path", "process", "created_at", *COUNTED)
    closed = rows.exclude(ending=None).only(*needed).order_by("created_at", "id")
    some: list[Row] = []
    for row in closed.iterator(SLICE):
        some.append(counted(row))
        if len(some) == SLICE:
            yield some
            some = []
    yield some


def _add(found: Sums, more: Sums) -> None:
    for table in TABLES:
        sums = found[table.name]
        for key, figures in more[table.name].items():
            table.add(sums, key, figures)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
