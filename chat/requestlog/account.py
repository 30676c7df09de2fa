"""Whether Z.AI takes our key: as the log has it, for all processes and restarts."""

from datetime import timedelta

from django.utils import timezone

from chat.ending import FINISHED, Whose
from chat.models import RequestLog
from chat.upstream.codes import advise

# What was refused longer ago may have been mended since, without anybody asking.
DAYS = 1
# Limits of the account are its failures too, and may be many.
LOOKED_AT = 200


def find_problem() -> str | None:
    """Return why Z.AI refused the last requests, and what to do; None once one has been
    answered. Raises what the database raises."""
    since = timezone.now() - timedelta(days=DAYS)
    # By its code, and not by the status: a stream may have been told 200 before.
    refused = RequestLog.objects.filter(whose=Whose.ACCOUNT, created_at__gte=since)
    newest = refused.order_by("-created_at").values_list("error_code", "created_at")
    found = ((advise(code), code, at) for code, at in newest[:LOOKED_AT])
    advice, code, at = next((one for one in found if one[0]), (None, None, None))
    if advice is None:
        return None
    answered = RequestLog.objects.filter(ending__in=sorted(FINISHED))
    if answered.filter(created_at__gt=at).exists():
        return None
    return f"{advice} (code {code}, {at:%Y-%m-%d %H:%M} UTC)"
