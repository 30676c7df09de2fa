import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from chat.admin import now
from chat.models import Process, RequestLog
from chat.tests.conftest import SECONDS, serving
from chat.tests.rows import open_row, row, values

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_page(client: Client) -> Iterator[Client]:
    client.force_login(get_user_model().objects.create_superuser("ada"))
    yield client


def page_of(client: Client) -> str:
    return client.get("/admin/now/").content.decode()


def process(identity: str = "test-process", silent: int = 0) -> Process:
    moment = datetime.now(UTC)
    return Process.objects.create(
        id=identity,
        host="chat-1",
        pid=4121,
        started_at=moment,
        renewed_at=moment - timedelta(seconds=silent),
    )


def test_what_is_open_is_shown_with_age_and_events(admin_page: Client) -> None:
    process()
    asked = datetime.now(UTC) - timedelta(minutes=5, seconds=3)
    open_row(created_at=asked, events=2210, question="Why?", user_id="user-8")
    row(question="It has ended")
    page = page_of(admin_page)
    assert "<strong>1</strong> request is open." in page
    assert re.search(r"5 min [34] s", page)
    assert "2,210" in page and "Why?" in page and "user-8" in page
    assert "chat-1:4121" in page
    assert "It has ended" not in page
    assert "not heard from" not in page


def test_no_event_is_not_known_yet(admin_page: Client) -> None:
    open_row()
    assert 'data-label="Events">–<' in page_of(admin_page)


def test_nothing_open_says_so(admin_page: Client) -> None:
    page = page_of(admin_page)
    assert "Nothing is open." in page
    assert '<table id="now-table" hidden>' in page


def test_a_process_whose_lease_is_old_was_not_heard_from(admin_page: Client) -> None:
    process(silent=40)
    open_row()
    assert re.search(r"not heard from for 4\d s", page_of(admin_page))


def test_a_process_without_a_lease_is_not_known(admin_page: Client) -> None:
    open_row(process="gone")
    assert "not known" in page_of(admin_page)


def test_the_oldest_two_hundred_are_shown_with_the_true_count(
    admin_page: Client, django_assert_max_num_queries: Any
) -> None:
    moment = datetime.now(UTC)
    unknown = {"ending": None, "events": None}
    RequestLog.objects.bulk_create(
        RequestLog(**values(**unknown, created_at=moment - timedelta(seconds=i)))
        for i in range(now.SHOWN + 30)
    )
    newest = RequestLog.objects.order_by("-created_at")[0]
    with django_assert_max_num_queries(6):
        page = page_of(admin_page)
    assert "<strong>230</strong> requests are open; the 200 oldest are shown." in page
    assert page.count("<tr id=") == now.SHOWN
    assert newest.id not in page


def test_a_question_is_only_text(admin_page: Client) -> None:
    open_row(question="<script>alert(1)</script>")
    page = page_of(admin_page)
    assert "<script>alert" not in page
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_the_script_gets_the_rows_alone(admin_page: Client) -> None:
    request = open_row()
    rows = admin_page.get("/admin/now/rows/").content.decode()
    assert request.id in rows
    assert "<html" not in rows


def test_stopping_asks_the_process_for_it(admin_page: Client) -> None:
    request = open_row()
    answer = admin_page.post(f"/admin/now/{request.id}/stop/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/now/")
    request.refresh_from_db()
    assert request.stop_requested is True
    assert request.ending is None
    page = page_of(admin_page)
    assert "stopping…" in page and "<button type" not in page.split("now-table")[1]


def test_a_stop_is_among_the_recent_actions_once(admin_page: Client) -> None:
    request = open_row()
    for _ in range(2):
        admin_page.post(f"/admin/now/{request.id}/stop/")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == (request.id, "ada")


def test_what_has_ended_is_not_stopped(admin_page: Client) -> None:
    request = row()
    admin_page.post(f"/admin/now/{request.id}/stop/")
    request.refresh_from_db()
    assert request.stop_requested is False
    assert not LogEntry.objects.exists()


def test_looking_stops_nothing(admin_page: Client) -> None:
    request = open_row()
    assert admin_page.get(f"/admin/now/{request.id}/stop/").status_code == 405


def test_stopping_needs_the_permission_to_change(client: Client) -> None:
    clerk = get_user_model().objects.create_user("clerk", is_staff=True)
    client.force_login(clerk)
    request = open_row()
    assert client.get("/admin/now/").status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_requestlog"))
    assert "formaction" not in page_of(client)
    assert client.post(f"/admin/now/{request.id}/stop/").status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_requestlog"))
    assert "formaction" in page_of(client)
    assert client.post(f"/admin/now/{request.id}/stop/").status_code == 302


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    for path in ("/admin/now/", "/admin/now/rows/", "/admin/now/x/stop/"):
        assert client.get(path).headers["Location"].startswith("/admin/login/")


@pytest.mark.django_db(transaction=True)
def test_stopping_over_http_takes_the_token_of_the_page(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    get_user_model().objects.create_superuser("ada", password="a long password")
    request = open_row()
    with (
        serving() as url,
        httpx.Client(base_url=url, timeout=SECONDS, trust_env=False) as browser,
    ):
        log_in(browser)
        stop = f"/admin/now/{request.id}/stop/"
        assert browser.post(stop).status_code == 403
        token = token_of(browser.get("/admin/now/").text)
        answer = browser.post(stop, data={"csrfmiddlewaretoken": token})
    assert answer.status_code == 302
    request.refresh_from_db()
    assert request.stop_requested is True


def log_in(browser: httpx.Client) -> None:
    token = token_of(browser.get("/admin/login/").text)
    form = {"username": "ada", "password": "a long password"}
    answer = browser.post("/admin/login/", data={**form, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302


def token_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]
