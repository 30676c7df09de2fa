"""Sums of callers in bounds: by the hour for two weeks, by the day for as many callers
as cost most or asked most, and nothing of a person for longer than their requests.

While they are counted none is left out, so that what is corrected is taken from where
it was added: there are never more of them than rows, three for each in each span.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.db.models.expressions import Combinable

from chat.models import CallerKind, CallerSpan, CallerTally, RequestLog
from chat.requestlog.columns import column
from chat.requestlog.sum_tables import CALLERS, Figures, Key, put

HOURS_ARE_KEPT = timedelta(days=15)
# Of a day that is over for so long the dearest so many are kept apart, and as many of
# those who asked most.
FOLDED_AFTER = timedelta(hours=6)
LOOKED_BACK = 5
MOST = 250
AT_ONCE = 500
OTHERS = ""
DAY = timedelta(days=1)
PERSONAL = (CallerKind.USER, CallerKind.ADDRESS)

Tallies = QuerySet[CallerTally]


def prune_callers() -> int:
    """Delete a slice of what is too old or too much; return how many sums it was."""
    now = datetime.now(UTC)
    hours = CallerTally.objects.filter(
        span=CallerSpan.HOUR, kind__in=CallerKind.values, at__lt=now - HOURS_ARE_KEPT
    )
    count = _delete_some(hours)
    if settings.CHAT_LOG_DAYS:
        old = now - timedelta(days=settings.CHAT_LOG_DAYS + 1)
        of_people = {"span": CallerSpan.DAY, "kind__in": PERSONAL}
        count += _delete_some(CallerTally.objects.filter(**of_people, at__lt=old))
    over = now - FOLDED_AFTER - DAY
    last = over.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(LOOKED_BACK):
        count += sum(fold(kind, last - back * DAY) for kind in PERSONAL)
    return count


def forget_callers(
    user_ids: Collection[str], addresses: Collection[str | None]
) -> None:
    """Delete the sums of these users, and of those of these addresses that no request
    has any more."""
    users = [column("user_id", one) for one in user_ids]
    _of(CallerKind.USER).filter(caller__in=users).delete()
    rows = RequestLog.objects.order_by()
    gone = [a for a in set(addresses) if a and not rows.filter(address=a).exists()]
    _of(CallerKind.ADDRESS).filter(caller__in=gone).delete()


def _of(kind: CallerKind) -> Tallies:
    return CallerTally.objects.filter(span__in=CallerSpan.values, kind=kind)


def _delete_some(old: Tallies) -> int:
    some = list(old.order_by("at").values_list("pk", flat=True)[:AT_ONCE])
    return CallerTally.objects.filter(pk__in=some).delete()[0] if some else 0


def fold(kind: CallerKind, day: datetime) -> int:
    """Put some of a day's sums together with those of all others; return how many."""
    of_day = CallerTally.objects.filter(span=CallerSpan.DAY, kind=kind, at=day)
    if not of_day.order_by()[2 * MOST : 2 * MOST + 1].exists():
        return 0
    kept = _first(of_day, Sum("cost_usd") + Sum("estimated_usd"))
    kept |= _first(of_day, Sum("requests"))
    found = of_day.exclude(caller__in=kept).order_by("pk")
    with transaction.atomic(), connection.cursor() as cursor:
        some = list(found.select_for_update()[:AT_ONCE])
        together: dict[Key, Figures] = {}
        for tally in some:
            key = (CallerSpan.DAY.value, kind.value, day, 0, OTHERS, tally.model)
            sums = [getattr(tally, name) for name in CALLERS.sums]
            together[key] = CALLERS.figures(together.get(key), sums)
        put(cursor, CALLERS, together)
        CallerTally.objects.filter(pk__in=[tally.pk for tally in some]).delete()
    return len(some)


def _first(of_day: Tallies, order: Combinable) -> set[str]:
    """The callers that come first in this order, and what the others are called."""
    callers = of_day.exclude(caller=OTHERS).values("client_id", "caller").order_by()
    ordered = callers.annotate(order=order).order_by("-order", "caller")
    return {OTHERS, *ordered.values_list("caller", flat=True)[:MOST]}
