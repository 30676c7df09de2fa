"""What was spent, worked out again from the rows."""

from decimal import Decimal
from typing import Any

from chat.ending import Ending
from chat.models import RequestLog, Spending
from chat.requestlog.spending import KEY, SUMS
from chat.requestlog.sums import Sum, sums_of

NOTHING = [0, 0, 0, Decimal(0), Decimal(0)]


def books_agree() -> bool:
    """Whether the sums are what one computes from the closed rows, exactly."""
    wanted = sums_of_rows()
    found = {
        Sum(*(getattr(one, name) for name in KEY)): [getattr(one, n) for n in SUMS]
        for one in Spending.objects.all()
    }
    # What was charged and taken back leaves a sum of nothing.
    assert {of: sums for of, sums in found.items() if sums != NOTHING} == wanted
    return True


def sums_of_rows() -> dict[Sum, list[Any]]:
    wanted: dict[Sum, list[Any]] = {}
    charged = RequestLog.objects.exclude(ending=None).exclude(charged_usd=None)
    for row in charged.exclude(ending=Ending.REFUSED):
        usd = row.charged_usd
        assert usd is not None
        estimated = usd if row.is_estimated else Decimal(0)
        figures = [1, row.prompt_tokens or 0, row.completion_tokens or 0]
        user = row.user_id or ""
        for of in sums_of(row.created_at, row.admitted_by, row.client_id, user):
            known = wanted.setdefault(of, list(NOTHING))
            for place, value in enumerate([*figures, usd, estimated]):
                known[place] += value
    return wanted


def spent(scope: str = "service", client_id: int = 0, user_id: str = "") -> Decimal:
    """What the database has of today, in US dollars."""
    found = Spending.objects.filter(period="day", scope=scope, client_id=client_id)
    return sum((one.charged_usd for one in found.filter(user_id=user_id)), Decimal(0))
