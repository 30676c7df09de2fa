import socket
import threading
from typing import Any

import httpx
import pytest
from django.contrib.admin.models import LogEntry

from chat.admin import download
from chat.tests import rows
from chat.tests.admin.people import logged_in, permit
from chat.tests.admin.test_list import post
from chat.tests.waiting import SECONDS

LIST = "/admin/chat/requestlog/"
TRAIL = "/admin/admin/logentry/"


def trail() -> list[str]:
    entries = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    return list(entries)


def test_an_export_is_written_down_with_its_filters_and_its_number(
    operator: httpx.Client,
) -> None:
    for _ in range(3):
        rows.row(ending="failed", user_id="user-8")
    rows.row()
    operator.get(f"{LIST}export/csv/?ending=failed&user_id=user-8&text=1")
    [said] = trail()
    assert said == (
        "Exported as csv with text: ending=failed, user_id=…. 3 requests were sent."
    )
    entry = LogEntry.objects.get()
    assert (entry.user.get_username(), entry.object_repr) == ("ada", "Requests")


def test_so_is_the_raw_request(operator: httpx.Client) -> None:
    request = rows.row()
    operator.get(f"{LIST}{request.pk}/raw/jsonl/")
    operator.get(f"{LIST}{request.pk}/raw/json/")
    first, second = trail()
    assert first == "Exported as jsonl with text: one request. 1 requests were sent."
    assert second.startswith("Exported the body of this request.")
    assert set(LogEntry.objects.values_list("object_id", flat=True)) == {request.pk}


def test_forgetting_is_written_down_without_whom(operator: httpx.Client) -> None:
    rows.row(user_id="user-8")
    chosen = rows.row(user_id="user-8")
    form = {"action": "forget_people", "_selected_action": [chosen.pk]}
    post(operator, LIST, **form)
    assert trail() == []
    post(operator, LIST, sure="yes", **form)
    assert trail() == ["Forgotten: 1 user_id, 2 requests with their text."]
    assert "user-8" not in str(list(LogEntry.objects.values()))


def test_deleting_is_written_down(operator: httpx.Client) -> None:
    request = rows.row()
    post(operator, f"{LIST}{request.pk}/delete/", post="yes")
    entry = LogEntry.objects.get()
    assert entry.is_deletion() and entry.object_id == request.pk


def test_it_can_be_read_and_not_changed(operator: httpx.Client) -> None:
    rows.row()
    operator.get(f"{LIST}export/jsonl/")
    page = operator.get(TRAIL).text
    assert "Exported as jsonl: no filter. 1 requests were sent." in page
    assert "Delete selected" not in page
    entry = LogEntry.objects.get()
    assert operator.get(f"{TRAIL}{entry.pk}/delete/").status_code == 403
    assert operator.get(f"{TRAIL}add/").status_code == 403


def test_it_is_not_for_those_who_may_only_look_at_requests(url: str) -> None:
    with logged_in(url, "bob") as bob:
        permit("bob", "view_requestlog")
        assert bob.get(TRAIL).status_code == 403


def test_a_download_that_is_broken_off_says_so_and_gives_its_place_back(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.row()
    real = download.Download._next
    is_open, may_go_on = threading.Event(), threading.Event()

    def slow(self: Any) -> Any:
        is_open.set()
        assert may_go_on.wait(SECONDS)
        return real(self)

    monkeypatch.setattr(download.Download, "_next", slow)
    for _ in range(download.MOST_AT_ONCE + 1):
        is_open.clear()
        may_go_on.clear()
        leave(operator, is_open)
        may_go_on.set()
        wait_for_broken_off()
    monkeypatch.setattr(download.Download, "_next", real)
    assert operator.get(f"{LIST}export/csv/").status_code == 200


def leave(browser: httpx.Client, is_open: threading.Event) -> None:
    cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    head = f"GET {LIST}export/csv/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}"
    port = browser.base_url.port or 80
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(f"{head}\r\n\r\n".encode())
        assert is_open.wait(SECONDS)


def wait_for_broken_off() -> None:
    for _ in range(200):
        if all("sent" in said for said in trail()):
            return
        threading.Event().wait(0.05)
    raise AssertionError(trail())


def test_only_so_many_are_sent_at_once(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_places", threading.BoundedSemaphore(1))
    assert download._places.acquire(blocking=False)
    answer = operator.get(f"{LIST}export/csv/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert trail() == []
    download._places.release()
    assert operator.get(f"{LIST}export/csv/").status_code == 200
