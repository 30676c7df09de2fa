"""A day or a month costs more than it was to."""

from collections.abc import Iterator
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from chat.access.budgets import NEARLY
from chat.access.figures import of_scope
from chat.alerts.condition import Condition, Finding
from chat.models import Scope


def look() -> list[Finding]:
    limits = {period: limit_of(period) for period in ("DAY", "MONTH")}
    return list(_above(limits)) if any(limits.values()) else []


def limit_of(period: str) -> Decimal:
    """In US dollars, 0 for none: what is set, or else most of the budget."""
    own = getattr(settings, f"ALERT_USD_PER_{period}")
    budget = getattr(settings, f"CHAT_BUDGET_USD_PER_{period}")
    return Decimal(str(own)) or Decimal(str(budget)) * Decimal(str(NEARLY))


def _above(limits: dict[str, Decimal]) -> Iterator[Finding]:
    spent = of_scope(Scope.SERVICE, timezone.now().date())
    sums = {"DAY": spent.today, "MONTH": spent.month}
    words = {"DAY": "Today's", "MONTH": "This month's"}
    for period, limit in limits.items():
        cost = sums[period].charged_usd
        if limit and cost >= limit:
            yield Finding(
                period.lower(),
                f"{words[period]} requests (UTC) cost ${cost:,.2f} so far, and were to"
                f" cost less than ${limit:,.2f}.",
            )


SPENDING = Condition("spending", "Much is spent", look, quiet_seconds=60)
