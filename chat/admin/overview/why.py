"""Why requests failed: whose it was, in a sentence, how often and when."""

from datetime import datetime, tzinfo
from typing import Any

from chat.admin.amounts import count
from chat.admin.overview import links
from chat.admin.overview.figures import Figures
from chat.admin.overview.groups import group_of
from chat.admin.overview.sentences import sentence_of
from chat.admin.overview.sums import Failed, Reason
from chat.admin.visible import visible

NO_CODE = "–"


def reasons(found: Figures) -> list[dict[str, Any]]:
    """The commonest first."""
    return [_row(found, one) for one in found.failed]


def _row(found: Figures, one: Failed) -> dict[str, Any]:
    period = found.period
    group = group_of(Reason(one.ending, "", one.whose))
    filters: dict[str, str | None] = {
        "whose": one.whose,
        "ending": one.ending,
        "error_code": one.code or None,
    }
    return {
        "code": visible(one.code) or NO_CODE,
        "sentence": sentence_of(one.code, one.ending),
        "kind": group.kind,
        "whose": group.name,
        "count": count(one.requests),
        "first": _when(one.first_at, period.zone),
        "last": _when(one.last_at, period.zone),
        "link": links.rows(period.since, period.until, **filters),
    }


def _when(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %H:%M}"
