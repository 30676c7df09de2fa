"""Alerts in the database: however many processes look, each is told once."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from chat.alerts.condition import Condition, Finding
from chat.alerts.message import Message, Taken
from chat.alerts.trying import LEASE, MOST_TRIES, wait_after
from chat.models import Alert
from chat.models.alert import LONGEST_SAID

# That it goes on need not be written at each look.
RENEWAL = timedelta(seconds=10)
KEPT = timedelta(days=90)
MOST_AT_ONCE = 20

PENDING = Q(begin_told_at=None) | Q(ended_at__isnull=False, end_told_at=None)


class Shared:
    """A ledger that raises what the database raises."""

    def note(self, condition: Condition) -> None:
        """Look, and write down what began, what goes on, and what is over.

        Each statement is right whoever has come between: only the first of several
        beginnings is stored, and nothing ends that another has just seen.
        """
        found = condition.findings()
        now = timezone.now()
        on = Alert.objects.filter(condition=condition.name, ended_at=None)
        known = {alert.key: alert for alert in on}
        new = [
            _begun(condition, key, finding)
            for key, finding in found.items()
            if key not in known
        ]
        if new:
            Alert.objects.bulk_create(new, ignore_conflicts=True)
        on.filter(key__in=found.keys() & known, seen_at__lt=now - RENEWAL).update(
            seen_at=now
        )
        quiet = now - timedelta(seconds=condition.quiet_seconds)
        if any(known[key].seen_at <= quiet for key in known.keys() - found):
            on.exclude(key__in=list(found)).filter(seen_at__lte=quiet).update(
                ended_at=now
            )

    def take(self) -> Taken | None:
        """The next that is due to be told, for this process alone; None if none is."""
        now = timezone.now()
        due = _pending().filter(next_try_at__lte=now).order_by("next_try_at")
        for alert in due[:MOST_AT_ONCE]:
            free = Alert.objects.filter(pk=alert.pk, next_try_at=alert.next_try_at)
            if free.update(next_try_at=now + LEASE, tries=F("tries") + 1):
                return Taken(str(alert.pk), alert.tries + 1, _message(alert))
        return None

    def told(self, taken: Taken) -> None:
        now = timezone.now()
        which = "end_told_at" if taken.message.over_at else "begin_told_at"
        Alert.objects.filter(pk=taken.key).update(
            **{which: now}, next_try_at=now, tries=0, problem=""
        )

    def failed(self, taken: Taken, reason: str) -> None:
        Alert.objects.filter(pk=taken.key).update(
            problem=reason[:200],
            given_up=taken.tries >= MOST_TRIES,
            next_try_at=timezone.now() + wait_after(taken.tries),
        )

    def problems(self) -> Iterator[str]:
        """Say what could not be told, within the last day."""
        since = timezone.now() - timedelta(days=1)
        untold = Alert.objects.filter(PENDING, began_at__gte=since).exclude(problem="")
        for alert in untold[:MOST_AT_ONCE]:
            yield untold_sentence(alert.title, alert.problem, alert.given_up)

    def prune(self) -> None:
        old = Alert.objects.filter(ended_at__lt=timezone.now() - KEPT)
        Alert.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:100])
        ).delete()


def untold_sentence(title: str, problem: str, given_up: bool) -> str:
    then = "it is not tried any more" if given_up else "it is tried again"
    return f"An alert could not be sent ({title}): {problem}; {then}."


def _begun(condition: Condition, key: str, finding: Finding) -> Alert:
    now = timezone.now()
    return Alert(
        key=key,
        condition=condition.name,
        title=condition.title,
        said=finding.said[:LONGEST_SAID],
        began_at=now,
        seen_at=now,
        next_try_at=now,
    )


def _pending() -> QuerySet[Alert]:
    return Alert.objects.filter(PENDING, given_up=False)


def _message(alert: Alert) -> Message:
    """The beginning first, though it may be over meanwhile."""
    over_at = alert.ended_at if alert.begin_told_at else None
    return Message(alert.condition, alert.title, alert.said, alert.began_at, over_at)
