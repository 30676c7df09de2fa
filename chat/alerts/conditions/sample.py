"""How requests fared of late: so many rows are read, however busy the service is."""

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from chat.ending import Ending
from chat.models import RequestLog

WINDOW = timedelta(minutes=10)
MOST = 1_000


class Fared(NamedTuple):
    ending: str
    whose: str | None
    error_code: str | None
    model: str | None
    answered_model: str | None
    attempts: str | None


def fared_lately() -> list[Fared]:
    """The newest requests of the last ten minutes that have ended, but those that an
    operator stopped."""
    newest = RequestLog.objects.filter(created_at__gte=timezone.now() - WINDOW)
    rows = newest.order_by("-created_at", "-id").values_list(*Fared._fields)[:MOST]
    ended = (Fared(*row) for row in rows if row[0] is not None)
    return [one for one in ended if one.ending != Ending.STOPPED]
