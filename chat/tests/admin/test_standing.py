from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.admin.standing import disk, line
from chat.admin.standing import rows as counting
from chat.models import EndingTally, Process, RequestLog
from chat.tests.rows import row, values

pytestmark = pytest.mark.django_db


def said() -> dict[str, str]:
    return {name: str(words) for name, words in line.standing()}


def test_what_the_service_keeps_and_by_whom_it_is_run(settings: Any) -> None:
    settings.ALERT_WEBHOOK_URL = "https://hooks.slack.com/services/a-secret"
    oldest = datetime.now(UTC) - timedelta(days=3)
    row(created_at=oldest)
    row()
    moment = datetime.now(UTC)
    for host, seconds in (("chat-1", 0), ("chat-2", 5), ("gone", 600)):
        renewed = moment - timedelta(seconds=seconds)
        Process.objects.create(
            id=host, host=host, pid=1, started_at=renewed, renewed_at=renewed
        )
    found = said()
    assert found["Rows"] == "2"
    assert oldest.isoformat() in found["The oldest"]
    assert found["Kept"] == "rows 365 days, texts 30 days"
    assert found["Processes"] == "2 on 2 hosts"
    assert found["Database"].startswith(("SQLite 3.", "PostgreSQL 1"))
    assert found["Redis"].startswith("none")
    assert found["Alerts"] == "to hooks.slack.com; none now"
    assert "secret" not in str(found)
    assert found["Version"].startswith("zai-chat-django 0.")


def test_what_is_kept_for_good_and_not_at_all(settings: Any) -> None:
    settings.CHAT_LOG_DAYS, settings.CHAT_STORE_TEXT = 0, False
    assert said()["Kept"] == "rows for good, texts never"
    assert said()["Rows"] == "0"


def test_a_large_table_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNTED", 10)
    RequestLog.objects.bulk_create(RequestLog(**values()) for _ in range(30))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = counting.rows_of(RequestLog)
    assert (found.number, found.is_estimate) == (30, True)
    assert said()["Rows"] == "about 30"


def test_growth_goes_by_the_last_week() -> None:
    now = datetime.now(UTC)
    assert disk.growth_a_day(10**6, 99, now) is None
    for days in range(5):
        EndingTally.objects.create(
            span=3600, at=now - timedelta(days=days), model="glm-4.6",
            ending="completed", requests=100, prompt_tokens=0, cached_tokens=0,
            completion_tokens=0, reasoning_tokens=0, cost_usd=0, priced=0,
        )  # fmt: skip
    assert disk.growth_a_day(1_000_000, 1_000, now) == 125_000
    assert disk.size_of_database() > 1_000


def test_its_queries_are_few_and_do_not_grow(operator: httpx.Client) -> None:
    with CaptureQueriesContext(connection) as none:
        said()
    for _ in range(20):
        row()
    with CaptureQueriesContext(connection) as some:
        said()
    assert len(none) == len(some) <= 8
    page = operator.get("/admin/").text
    assert '<section class="standing"' in page
