"""Which processes live, and what becomes of the requests of those that do not."""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from chat.ending import Ending
from chat.models import Process, RequestLog
from chat.requestlog import tallies
from chat.requestlog.record import Row

LEASE = timedelta(seconds=45)
ROWS_AT_ONCE = 50


def renew(process: str) -> bool:
    """Say, by the database's clock, that `process` lives.

    Return whether its last lease still held: if not, those of others may be too old
    only for the same reason.
    """
    if _living().filter(pk=process).update(renewed_at=Now()):
        return True
    alive = Process(
        id=process,
        host=socket.gethostname()[:200],
        pid=os.getpid(),
        started_at=Now(),
        renewed_at=Now(),
    )
    Process.objects.bulk_create(
        [alive],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["renewed_at"],
    )
    return False


def bury_the_dead() -> int:
    """Close, as interrupted, what dead processes left open; return how many rows."""
    dead = Process.objects.filter(renewed_at__lt=Now() - LEASE)
    names = list(dead.values_list("pk", flat=True))
    # A process may write a row before its first lease, but not long before.
    unknown = ~Q(process__in=Process.objects.values("pk")) & Q(
        created_at__lt=Now() - LEASE
    )
    closed = interrupt(RequestLog.objects.filter(Q(process__in=names) | unknown))
    dead.filter(pk__in=names).delete()
    return closed


def resign(process: str) -> None:
    """Close what `process` leaves open, and give up its lease."""
    interrupt(RequestLog.objects.filter(process=process))
    Process.objects.filter(pk=process).delete()


def interrupt(rows: QuerySet[RequestLog]) -> int:
    """Close those of `rows` that are open; return how many."""
    closed = 0
    while found := list(rows.filter(ending=None).order_by()[:ROWS_AT_ONCE]):
        closed += _interrupt(found)
    return closed


def _interrupt(found: Sequence[RequestLog]) -> int:
    places = ", ".join(["%s"] * len(found))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chat_requestlog SET ending = %s"
            f" WHERE id IN ({places}) AND ending IS NULL RETURNING id",
            [Ending.INTERRUPTED, *(row.pk for row in found)],
        )
        closed = {identity for (identity,) in cursor.fetchall()}
        tallies.add(cursor, [_row(row) for row in found if row.pk in closed])
    return len(closed)


def _row(row: RequestLog) -> Row:
    return Row(
        id=row.pk,
        created_at=row.created_at,
        dialect=row.dialect,
        path=row.path,
        process=row.process,
        answered_model=row.answered_model,
        ending=Ending.INTERRUPTED,
    )


def _living() -> QuerySet[Process]:
    return Process.objects.filter(renewed_at__gte=Now() - LEASE)
