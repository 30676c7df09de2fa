"""Sums of callers: in bounds, and forgotten with the person."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from chat.models import CallerKind, CallerSpan, CallerTally
from chat.requestlog import callers
from chat.requestlog.callers import prune_callers
from chat.requestlog.forgetting import forget_user
from chat.tests.requestlog.making import closing, record, store
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def asked(**fields: Any) -> None:
    """A request that went well, stored as the log stores it."""
    store().write([closing(record(**fields))])


def of(kind: CallerKind, span: CallerSpan = CallerSpan.DAY) -> Any:
    return CallerTally.objects.filter(kind=kind, span=span)


def day(caller: str, usd: str, requests: int, back: int = 3) -> CallerTally:
    return CallerTally(
        span=CallerSpan.DAY, kind=CallerKind.USER, at=TODAY - timedelta(days=back),
        client_id=0, caller=caller, model="glm-5", requests=requests, failures=1,
        prompt_tokens=10, completion_tokens=1, cost_usd=Decimal(usd), estimated_usd=0,
    )  # fmt: skip


def test_a_day_keeps_the_dearest_and_the_busiest_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callers, "MOST", 2)
    made = [day(f"user-{n}", "0.01", 1) for n in range(20)]
    made += [day("dear", "9", 1), day("busy", "0", 70), day("today", "0", 1, back=0)]
    CallerTally.objects.bulk_create(made)
    while prune_callers():
        pass
    kept = dict(of(CallerKind.USER).values_list("caller", "requests"))
    assert {"dear": 1, "busy": 70, "today": 1}.items() <= kept.items()
    assert len(kept) <= 6 and kept[callers.OTHERS] >= 17
    totals = of(CallerKind.USER).aggregate(Sum("requests"), Sum("cost_usd"))
    assert totals == {"requests__sum": 92, "cost_usd__sum": Decimal("9.2")}


def test_hours_go_and_days_stay_as_long_as_the_rows(settings: Any) -> None:
    settings.CHAT_LOG_DAYS = 100
    now = datetime.now(UTC)
    for back in (1, 20, 150):
        asked(created_at=now - timedelta(days=back), user_id="anna", client_id=1)
    assert tallies_agree()
    while prune_callers():
        pass
    assert of(CallerKind.USER, CallerSpan.HOUR).count() == 1
    assert of(CallerKind.USER).count() == 2
    assert of(CallerKind.CLIENT).count() == 3


def test_who_is_forgotten_is_in_no_sum() -> None:
    asked(user_id="anna", address="203.0.113.7")
    asked(user_id="anna", address="203.0.113.8")
    asked(user_id="ben", address="203.0.113.8")
    forget_user("anna")
    users, addresses = of(CallerKind.USER), of(CallerKind.ADDRESS)
    assert set(users.values_list("caller", flat=True)) == {"ben"}
    assert set(addresses.values_list("caller", flat=True)) == {"203.0.113.8"}
    hours = of(CallerKind.ADDRESS, CallerSpan.HOUR)
    assert set(hours.values_list("caller", flat=True)) == {"203.0.113.8"}


def test_many_requests_of_one_are_one_sum() -> None:
    made = [closing(record(address="203.0.113.7", created_at=TODAY)) for _ in range(9)]
    store().write(made)
    assert of(CallerKind.ADDRESS).get().requests == 9
    assert tallies_agree()
