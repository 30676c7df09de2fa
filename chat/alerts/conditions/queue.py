"""So many wait for Z.AI that callers are turned away soon, or have to wait for long."""

from collections.abc import Iterator
from itertools import groupby

from django.conf import settings

from chat.alerts.condition import Condition, Finding
from chat.models import LaneReport
from chat.requestlog.lanes import living

# Of CHAT_QUEUE_LENGTH in a process, or of CHAT_QUEUE_SECONDS.
SHARE = 0.5


def look() -> list[Finding]:
    by_model = groupby(living(), key=lambda one: one.model)
    return [
        Finding(model, said) for model, seen in by_model for said in _say(list(seen))
    ]


def _say(seen: list[LaneReport]) -> Iterator[str]:
    waiting = sum(one.waiting for one in seen)
    limit = sum({one.account: one.limit for one in seen}.values())
    holds = [one.hold_ms for one in seen if one.hold_ms is not None]
    seconds = waiting / limit * max(holds) / 1000 if holds else 0.0
    is_long = any(one.waiting >= SHARE * settings.CHAT_QUEUE_LENGTH for one in seen)
    if waiting and (is_long or seconds >= SHARE * settings.CHAT_QUEUE_SECONDS):
        about = f", for about {seconds:.0f} s" if seconds else ""
        yield (
            f"{waiting} requests wait for {seen[0].model}{about}: Z.AI takes {limit} at"
            " a time."
        )


QUEUE = Condition("queue", "Many requests wait for Z.AI", look, quiet_seconds=60)
