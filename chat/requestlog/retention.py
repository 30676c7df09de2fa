"""What is kept for how long; what is older goes, a little at a time."""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from chat.models import (
    EndingTally,
    ReasonTally,
    RefusalTally,
    RequestLog,
    RequestText,
    Scope,
    Span,
    Spending,
    TimingTally,
)
from chat.requestlog import forgetting
from chat.requestlog.callers import prune_callers
from chat.requestlog.database import may_prune

AT_ONCE = 100
MINUTES_ARE_KEPT = timedelta(days=2)
USERS_SUMS_ARE_KEPT = timedelta(days=62)
SECONDS_BETWEEN_LOOKS = 60.0
SECONDS_AT_ONCE = 0.1


class Retention:
    """A chore for the beat: a few slices each time, and a look a minute."""

    def __init__(self) -> None:
        self._next_look = 0.0

    def do_some(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + SECONDS_BETWEEN_LOOKS
        while prune_some():
            if time.monotonic() > now + SECONDS_AT_ONCE:
                self._next_look = now  # there may be more
                return


def old_texts() -> QuerySet[RequestText]:
    return RequestText.objects.filter(created_at__lt=_before(settings.CHAT_TEXT_DAYS))


def old_rows() -> QuerySet[RequestLog]:
    return RequestLog.objects.filter(created_at__lt=_before(settings.CHAT_LOG_DAYS))


def prune_some(at_once: int = AT_ONCE) -> int:
    """Delete a slice of what is too old; return how many rows, texts and sums it was.

    None if another process is at it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        return _prune_some(at_once) if may_prune(cursor) else 0


def _prune_some(at_once: int) -> int:
    rows = list(
        old_rows().order_by("created_at").values_list("pk", flat=True)[:at_once]
    )
    if rows:
        return forgetting.delete_requests(rows)
    texts = list(
        old_texts().order_by("created_at").values_list("pk", flat=True)[:at_once]
    )
    if texts:
        return forgetting.delete_texts(texts)
    return _prune_minutes() + _prune_spending() + prune_callers()


def _prune_spending() -> int:
    """Of users nothing is kept beyond the month before this one."""
    today = datetime.now(UTC).date()
    spent = Spending.objects.filter(
        scope=Scope.USER, start__lt=today - USERS_SUMS_ARE_KEPT
    )
    refused = RefusalTally.objects.filter(
        day__lt=_before(settings.CHAT_LOG_DAYS).date()
    )
    count = 0
    for old in (spent.order_by("start"), refused.order_by("day")):
        some = list(old.values_list("pk", flat=True)[:AT_ONCE])
        count += old.model.objects.filter(pk__in=some).delete()[0] if some else 0
    return count


def _prune_minutes() -> int:
    before = datetime.now(UTC) - MINUTES_ARE_KEPT
    count = 0
    for tally in (EndingTally, ReasonTally, TimingTally):
        old = tally.objects.filter(span=Span.MINUTE, at__lt=before).order_by("at")
        some = list(old.values_list("pk", flat=True)[:AT_ONCE])
        count += tally.objects.filter(pk__in=some).delete()[0] if some else 0
    return count


def _before(days: int) -> datetime:
    """0 days keep for ever."""
    if not days:
        return datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
    return datetime.now(UTC) - timedelta(days=days)
