"""What a caller's latest requests say: why some failed, and which conversations."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chat.admin.amounts import count
from chat.admin.callers.caller import Caller
from chat.admin.conversations.turns import heads
from chat.admin.overview import links
from chat.admin.overview.groups import group_of
from chat.admin.overview.sentences import sentence_of
from chat.admin.overview.sums import Reason
from chat.admin.visible import visible
from chat.ending import Ending
from chat.models import RequestLog

LOOKED_AT = 500
LOOKED_AT_FOR_TEXT = 100
MOST_CONVERSATIONS = 10


@dataclass(frozen=True)
class Latest:
    looked_at: int
    failures: list[dict[str, Any]]
    conversations: list[dict[str, Any]]


def latest(caller: Caller, sees_text: bool) -> Latest:
    """Five queries at most, each bounded."""
    columns = ("created_at", "ending", "whose", "error_code")
    rows: QuerySet[RequestLog] = caller.requests().only(*columns)[:LOOKED_AT]
    found = list(rows)
    return Latest(
        len(found),
        _failures(caller, found),
        _conversations(found[:LOOKED_AT_FOR_TEXT], sees_text),
    )


def _failures(caller: Caller, rows: list[RequestLog]) -> list[dict[str, Any]]:
    reasons: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], datetime] = {}
    for row in rows:
        if row.whose and row.ending != Ending.STOPPED:
            reason = (row.whose, row.error_code or "", row.ending or "")
            reasons[reason] += 1
            last.setdefault(reason, row.created_at)
    return [
        {
            "code": visible(code) or "–",
            "sentence": sentence_of(code, ending),
            "whose": group_of(Reason(ending, "", whose)).name,
            "kind": group_of(Reason(ending, "", whose)).kind,
            "count": count(number),
            "last": last[whose, code, ending],
            "link": links.all_rows(
                whose=whose, error_code=code or None, **caller.filters
            ),
        }
        for (whose, code, ending), number in reasons.most_common()
    ]


def _conversations(rows: list[RequestLog], sees_text: bool) -> list[dict[str, Any]]:
    turns = heads([row.pk for row in rows])[:MOST_CONVERSATIONS]
    questions = dict(
        RequestLog.objects.filter(pk__in=[pk for pk, _ in turns]).values_list(
            "pk", "question"
        )
    )
    when = {row.pk: row.created_at for row in rows}
    return [
        {
            "pk": pk,
            "question": visible(questions.get(pk, "")) if sees_text else "",
            "turns": number,
            "at": when[pk],
        }
        for pk, number in turns
    ]
