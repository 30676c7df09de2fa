import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.admin import now
from chat.models import Process, RequestLog
from chat.tests.admin.people import logged_in, permit
from chat.tests.rows import OPEN, open_row, row, values

pytestmark = pytest.mark.django_db


def page_of(browser: httpx.Client) -> str:
    return browser.get("/admin/now/").text


def stop(browser: httpx.Client, request: RequestLog) -> httpx.Response:
    """Press the button: send what the page's form would."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page_of(browser))
    form = {"csrfmiddlewaretoken": found[1] if found else ""}
    return browser.post(f"/admin/now/{request.id}/stop/", data=form)


def process(identity: str = "test-process", silent: int = 0) -> Process:
    moment = datetime.now(UTC)
    return Process.objects.create(
        id=identity,
        host="chat-1",
        pid=4121,
        started_at=moment,
        renewed_at=moment - timedelta(seconds=silent),
    )


def test_what_is_open_is_shown_with_age_and_events(operator: httpx.Client) -> None:
    process()
    asked = datetime.now(UTC) - timedelta(minutes=5, seconds=3)
    open_row(created_at=asked, events=2210, question="Why?", user_id="user-8")
    row(question="It has ended")
    page = page_of(operator)
    assert "<strong>1</strong> request is open." in page
    assert re.search(r"5 min [34] s", page)
    assert "2,210" in page and "Why?" in page and "user-8" in page
    assert "chat-1:4121" in page
    assert "It has ended" not in page
    assert "not heard from" not in page


def test_no_event_is_not_known_yet(operator: httpx.Client) -> None:
    open_row()
    assert 'data-label="Events">–<' in page_of(operator)


def test_nothing_open_says_so(operator: httpx.Client) -> None:
    page = page_of(operator)
    assert "Nothing is open." in page
    assert '<table id="now-table" hidden>' in page


def test_a_process_with_an_old_lease_was_not_heard_from(
    operator: httpx.Client,
) -> None:
    process(silent=40)
    open_row()
    assert re.search(r"not heard from for 4\d s", page_of(operator))


def test_a_process_without_a_lease_is_not_known(operator: httpx.Client) -> None:
    open_row(process="gone")
    assert "not known" in page_of(operator)


def test_the_oldest_two_hundred_are_shown_with_the_true_count(
    operator: httpx.Client,
) -> None:
    process()  # or the service would soon close its rows
    moment = datetime.now(UTC)
    unknown = {"ending": None, "events": None}
    RequestLog.objects.bulk_create(
        RequestLog(**values(**unknown, created_at=moment - timedelta(seconds=i)))
        for i in range(now.SHOWN + 30)
    )
    newest = RequestLog.objects.order_by("-created_at")[0]
    page = page_of(operator)
    assert "<strong>230</strong> requests are open; the 200 oldest are shown." in page
    assert page.count("<tr id=") == now.SHOWN
    assert newest.id not in page


def test_a_question_is_only_text(operator: httpx.Client) -> None:
    open_row(question="<script>alert(1)</script>")
    page = page_of(operator)
    assert "<script>alert" not in page
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_the_script_gets_the_rows_alone(operator: httpx.Client) -> None:
    request = open_row()
    rows = operator.get("/admin/now/rows/").text
    assert request.id in rows
    assert "<html" not in rows


def test_stopping_asks_the_process_for_it(operator: httpx.Client) -> None:
    request = open_row()
    answer = stop(operator, request)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/now/")
    request.refresh_from_db()
    assert request.stop_requested is True
    assert request.ending is None
    page = page_of(operator)
    assert "stopping…" in page and "<button type" not in page.split("now-table")[1]


def test_a_stop_is_among_the_recent_actions_once(operator: httpx.Client) -> None:
    request = open_row()
    for _ in range(2):
        stop(operator, request)
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == (request.id, "ada")


def test_what_has_ended_is_not_stopped(operator: httpx.Client) -> None:
    request = row()
    stop(operator, request)
    request.refresh_from_db()
    assert request.stop_requested is False
    assert not LogEntry.objects.exists()


def test_looking_stops_nothing(operator: httpx.Client) -> None:
    request = open_row()
    assert operator.get(f"/admin/now/{request.id}/stop/").status_code == 405


def test_stopping_needs_the_token_of_the_page(operator: httpx.Client) -> None:
    request = open_row()
    assert operator.post(f"/admin/now/{request.id}/stop/").status_code == 403
    request.refresh_from_db()
    assert request.stop_requested is False


def test_stopping_is_a_permission_of_its_own(url: str) -> None:
    request = open_row()
    with logged_in(url, "clerk") as browser:
        assert browser.get("/admin/now/").status_code == 403
        permit("clerk", "view_requestlog")
        assert "formaction" not in page_of(browser)
        assert stop(browser, request).status_code == 403
        permit("clerk", "stop_requestlog")
        assert "formaction" in page_of(browser)
        assert stop(browser, request).status_code == 302


def test_who_is_not_logged_in_is_sent_to_the_login(url: str) -> None:
    for path in ("/admin/now/", "/admin/now/rows/", "/admin/now/x/stop/"):
        answer = httpx.get(url + path, trust_env=False)
        assert answer.headers["Location"].startswith("/admin/login/")


def test_only_open_rows_are_read_whatever_the_database_has_counted() -> None:
    process()
    done = [RequestLog(**values()) for _ in range(500)]
    RequestLog.objects.bulk_create([*done, RequestLog(**values(**OPEN))])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        now.open_now(True)
    found = [q["sql"] for q in captured if 'FROM "chat_requestlog"' in q["sql"]]
    assert len(found) == 2
    for query in found if connection.vendor == "sqlite" else []:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plan = str(cursor.fetchall())
        assert "log_open" in plan or "log_ending (ending=?)" in plan, plan


def test_the_number_of_queries_is_constant(django_assert_num_queries: Any) -> None:
    for number in range(20):
        process(f"process-{number}")
        open_row(process=f"process-{number}")
    with django_assert_num_queries(3):
        now.open_now(True)
