"""Sums of what was spent, made by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

from chat.models import Client, Spending


def spend(
    client: Client | None,
    start: date,
    period: str = "day",
    *,
    requests: int = 1,
    usd: Any = "1",
    estimated: Any = "0",
    scope: str = "client",
    user_id: str = "",
) -> Spending:
    return Spending.objects.create(
        period=period,
        start=start,
        scope=scope,
        client_id=client.pk if client else 0,
        user_id=user_id,
        requests=requests,
        prompt_tokens=1_000 * requests,
        completion_tokens=200 * requests,
        charged_usd=Decimal(usd),
        estimated_usd=Decimal(estimated),
    )
