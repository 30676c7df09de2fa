"""Leases: which processes say that they live, and who closes the rows of the dead."""

import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from msgspec.structs import replace

from chat.ending import Ending
from chat.exchange.charge import Charge, estimate
from chat.failures import Interrupted
from chat.models import Process, RequestLog
from chat.requestlog import settled, spending, tallies
from chat.requestlog.record import Row, counted

# How long a lease has to be seen unmoved until its process counts as dead.
LEASE = timedelta(seconds=45)
ROWS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Lease:
    """What `process` has said last; nothing, if it has rows and no lease.

    Versions of this service from before `beats` was added renew by the time alone, and
    may run beside this one.
    """

    process: str
    beats: int | None = None
    renewed_at: datetime | None = None


def renew(process: str) -> None:
    """Say that `process` lives: by a number that moves whatever the clock does."""
    mine = Process.objects.filter(pk=process)
    if mine.update(beats=F("beats") + 1, renewed_at=Now()):
        return
    alive = Process(
        id=process,
        host=socket.gethostname()[:200],
        pid=os.getpid(),
        started_at=Now(),
        renewed_at=Now(),
    )
    Process.objects.bulk_create([alive], ignore_conflicts=True)


def read_leases() -> list[Lease]:
    """Return the lease of every process, and of those that left rows open without."""
    leases = [
        Lease(*found)
        for found in Process.objects.values_list("pk", "beats", "renewed_at")
    ]
    known = {one.process for one in leases}
    processes = RequestLog.objects.filter(ending=None).order_by()
    named = set(processes.values_list("process", flat=True).distinct())
    return [*leases, *(Lease(name) for name in sorted(named - known))]


def close_rows_of_dead_processes(
    dead: Iterable[Lease], is_known: Callable[[str], bool]
) -> int:
    """Close, as interrupted, what the dead left open; return how many rows.

    That is presumed of a process that `is_known` does not know, as on another host: it
    may live, or its files may tell more. A process whose lease has moved all the same,
    or whose rows another process has closed, is left alone. Raises what the database
    raises.
    """
    closed = 0
    for one in dead:
        presumed = not is_known(one.process)
        if _delete_unless_moved(one):
            rows = RequestLog.objects.filter(process=one.process)
            closed += close_open_rows(rows, presumed=presumed)
    return closed


def resign(process: str) -> None:
    """Close what `process` leaves open, and give up its lease."""
    close_open_rows(RequestLog.objects.filter(process=process))
    Process.objects.filter(pk=process).delete()


def close_open_rows(rows: QuerySet[RequestLog], *, presumed: bool = False) -> int:
    """Close those of `rows` that are open; return how many."""
    closed = 0
    while found := list(rows.filter(ending=None).order_by()[:ROWS_AT_ONCE]):
        closed += _close_as_interrupted(found, presumed)
    return closed


def _delete_unless_moved(one: Lease) -> bool:
    """Delete the lease `one`; whether it still was as it had been read."""
    with transaction.atomic():
        process = Process.objects.select_for_update().filter(pk=one.process)
        found = process.values_list("beats", "renewed_at").first()
        if (found or (None, None)) != (one.beats, one.renewed_at):
            return False
        process.delete()
    return True


def _close_as_interrupted(found: Sequence[RequestLog], presumed: bool) -> int:
    """Close `found`, and count them in the sums; return how many were open still."""
    places = ", ".join(["%s"] * len(found))
    failure = Interrupted
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_requestlog"
            " SET ending = %s, error_status = %s, whose = %s, presumed = %s"
            f" WHERE id IN ({places}) AND ending IS NULL RETURNING id",
            [
                *(Ending.INTERRUPTED, failure.status, failure.whose, presumed),
                *(row.pk for row in found),
            ],
        )
        closed = {identity for (identity,) in cursor.fetchall()}
        rows = [_charged(cursor, row) for row in found if row.pk in closed]
        rows = [
            replace(row, ending=Ending.INTERRUPTED, whose=failure.whose) for row in rows
        ]
        tallies.add(cursor, rows)
        totals = spending.add(cursor, rows)
    settled.tell(totals, closed)
    return len(closed)


def _charged(cursor: CursorWrapper, found: RequestLog) -> Row:
    """Charge `found` what it may have cost, for nobody knows; return its row."""
    row = counted(found)
    if (charge := _charge_of(found)) is None:
        return row
    cursor.execute(
        "UPDATE chat_requestlog SET charged_usd = %s, is_estimated = %s WHERE id = %s",
        [charge.usd, charge.is_estimated, found.pk],
    )
    return replace(row, charged_usd=charge.usd, is_estimated=charge.is_estimated)


def _charge_of(found: RequestLog) -> Charge | None:
    if found.reserved_usd is None or found.prompt_estimate is None:
        return None
    if not found.reserved_usd or (not found.streamed and not found.events):
        # It is free; or it may have been written to its end.
        return Charge(found.reserved_usd, is_estimated=bool(found.reserved_usd))
    model = found.answered_model or found.model or ""
    return estimate(model, found.prompt_estimate, found.events or 0)
