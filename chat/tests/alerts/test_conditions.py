from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.alerts.conditions import log
from chat.alerts.conditions.failures import FAILURES
from chat.alerts.conditions.models import MODELS
from chat.alerts.conditions.queue import QUEUE
from chat.alerts.conditions.spending import SPENDING
from chat.models import LaneReport, Spending
from chat.requestlog.journal import journal, stop
from chat.tests.rows import open_row, row

pytestmark = pytest.mark.django_db

ZAI = {"ending": "upstream_failed", "whose": "zai", "status": 502}
OURS = {"ending": "failed", "whose": "service", "status": 500}
CALLERS = {"ending": "refused", "whose": "caller", "status": 400}


def said(condition: Any) -> list[str]:
    return [finding.said for finding in condition.findings().values()]


def test_failures_above_a_share() -> None:
    for _ in range(4):
        row(**ZAI)
    for _ in range(20):
        row()
    assert said(FAILURES) == [], "four are no share"
    row(**OURS)
    assert said(FAILURES) == [
        "5 of the 25 requests of the last ten minutes failed (20 %; 4 by Z.AI's fault,"
        " 1 by ours). Requests that were wrong do not count."
    ]
    row()
    assert said(FAILURES) == []


def test_what_callers_get_wrong_neither_fails_nor_hides() -> None:
    for _ in range(50):
        row(**CALLERS)
    assert said(FAILURES) == []
    for _ in range(5):
        row(**ZAI)
    open_row()
    row(ending="stopped", whose="service")
    assert said(FAILURES)[0].startswith("5 of the 5 requests")


def test_failures_of_long_ago_and_a_share_of_nought_are_no_news(settings: Any) -> None:
    for _ in range(5):
        row(**ZAI, created_at=timezone.now() - timedelta(minutes=11))
    assert said(FAILURES) == []
    for _ in range(5):
        row(**ZAI)
    settings.ALERT_FAILURE_PERCENT = 0
    assert said(FAILURES) == []


def spend(dollars: str) -> None:
    today = timezone.now().date()
    for period, start in (("day", today), ("month", today.replace(day=1))):
        Spending.objects.create(
            period=period,
            start=start,
            scope="service",
            requests=1,
            prompt_tokens=0,
            completion_tokens=0,
            charged_usd=dollars,
            estimated_usd=0,
        )


def test_a_cost_above_its_limit(settings: Any) -> None:
    spend("12.30")
    assert said(SPENDING) == []
    settings.ALERT_USD_PER_DAY = 12.3
    assert said(SPENDING) == [
        "Today's requests (UTC) cost $12.30 so far, and were to cost less than $12.30."
    ]
    settings.ALERT_USD_PER_MONTH = 5
    assert list(SPENDING.findings()) == ["spending:day", "spending:month"]


def test_most_of_a_budget_is_the_limit_where_there_is_no_other(settings: Any) -> None:
    spend("8.00")
    settings.CHAT_BUDGET_USD_PER_DAY = 10.01
    assert said(SPENDING) == []
    settings.CHAT_BUDGET_USD_PER_DAY = 10.0
    assert len(said(SPENDING)) == 1
    settings.ALERT_USD_PER_DAY = 9
    assert said(SPENDING) == []


def test_a_model_that_is_no_more() -> None:
    row(
        ending="upstream_rejected",
        error_code="1221",
        model="glm-4.5",
        answered_model=None,
        whose="caller",
    )
    # Of a name that anybody may have made up nothing is told.
    row(
        ending="upstream_rejected",
        error_code="1211",
        model="call 555",
        answered_model=None,
    )
    assert said(MODELS) == [
        "Z.AI says that glm-4.5 is offline (code 1221): callers have to ask for"
        " another."
    ]


def test_a_model_in_the_place_of_another() -> None:
    for answered in ("GLM-4.6", "glm-4.7", "glm-4.7", None):
        row(model="glm-4.6", answered_model=answered)
    assert said(MODELS) == [
        "Z.AI answered with glm-4.7 where glm-4.6 was asked for: words and prices may"
        " differ."
    ]


def test_one_that_answers_by_our_own_choice_is_no_news(settings: Any) -> None:
    settings.ZAI_FALLBACKS = {"glm-4.6": "glm-4.5", "glm-4.5": "glm-4.5-air"}
    row(model="glm-4.6", answered_model="glm-4.5-air")
    assert said(MODELS) == []
    attempts = '[{"start":1,"end":9,"code":"1221"},{"start":10,"end":20}]'
    row(model="glm-4.6", answered_model="glm-4.5", attempts=attempts)
    assert list(MODELS.findings()) == ["model:glm-4.6 retired"]


@pytest.mark.django_db(transaction=True)
def test_a_log_that_cannot_be_written(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHAT_REQUEST_LOG = True
    try:
        spool = journal().spool
        monkeypatch.setattr(log, "LITTLE_ROOM", 0)
        assert log.look() == []
        journal().writer.away_since = -1e9
        assert "The database takes no rows" in log.look()[0].said
        journal().writer.away_since = None
        spool.losses.add(requests=2)
        assert log.look()[0].said == "Rows were lost for want of room on the disk."
        monkeypatch.setattr(log, "LITTLE_ROOM", 10**18)
        assert "less than 100 MB" in log.look()[0].said
    finally:
        stop()
    assert log.look() == []


def test_a_long_line(settings: Any) -> None:
    settings.CHAT_QUEUE_LENGTH, settings.CHAT_QUEUE_SECONDS = 20, 60.0
    lane = LaneReport.objects.create(
        process="p", model="glm-4.6", account=1, seen_at=timezone.now(),
        limit=5, open=5, waiting=4, hold_ms=4000,
    )  # fmt: skip
    assert said(QUEUE) == []
    LaneReport.objects.update(waiting=12)
    told = "12 requests wait for glm-4.6, for about 10 s: Z.AI takes 5 at a time."
    assert said(QUEUE) == [told]
    LaneReport.objects.update(waiting=4, hold_ms=40_000)
    assert "for about 32 s" in said(QUEUE)[0]
    LaneReport.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert said(QUEUE) == [], lane
