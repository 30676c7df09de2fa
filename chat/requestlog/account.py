"""Whether Z.AI takes our key: as the log has it, for all processes and restarts."""

from datetime import timedelta

from django.utils import timezone

from chat.ending import Ending, Whose
from chat.models import RequestLog
from chat.upstream.codes import advise

# What was refused longer ago may have been mended since, without anybody asking.
DAYS = 1


def find_problem() -> str | None:
    """Return why Z.AI refused the last requests, and what to do; None once one has been
    answered. Raises what the database raises."""
    since = timezone.now() - timedelta(days=DAYS)
    refused = RequestLog.objects.filter(status=502, whose=Whose.ACCOUNT)
    last = refused.filter(created_at__gte=since).order_by("-created_at").first()
    if last is None or (advice := advise(last.error_code)) is None:
        return None
    answered = RequestLog.objects.filter(ending=Ending.COMPLETED)
    if answered.filter(created_at__gt=last.created_at).exists():
        return None
    return f"{advice} (code {last.error_code}, {last.created_at:%Y-%m-%d %H:%M} UTC)"
