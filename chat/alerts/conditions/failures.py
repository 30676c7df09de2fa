"""Too many requests fail by a fault of ours or of Z.AI's."""

from collections import Counter

from django.conf import settings

from chat.alerts.condition import Condition, Finding
from chat.alerts.conditions.sample import MOST, fared_lately
from chat.ending import Whose

# Of fewer no share is worth a word.
LEAST = 5


def look() -> list[Finding]:
    """What callers got wrong counts for nothing, or it would hide the rest."""
    percent = settings.ALERT_FAILURE_PERCENT
    if not percent:
        return []
    counts = Counter(one.whose for one in fared_lately())
    del counts[Whose.CALLER]
    total = counts.total()
    theirs, ours = counts[Whose.ZAI], counts[Whose.SERVICE]
    failed = theirs + ours
    if failed < LEAST or 100 * failed < percent * total:
        return []
    newest = "newest " if total >= MOST else ""
    return [
        Finding(
            "",
            f"{failed} of the {newest}{total} requests of the last ten minutes failed"
            f" ({100 * failed / total:.0f} %; {theirs} by Z.AI's fault, {ours} by"
            " ours). Requests that were wrong do not count.",
        )
    ]


FAILURES = Condition("failures", "Many requests fail", look, quiet_seconds=300)
