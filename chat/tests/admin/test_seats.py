"""The admin has threads and connections of its own, and the chat goes on beside it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from chat.admin import now
from chat.tests.admin import hostile
from chat.tests.admin.people import logged_in
from chat.tests.admin.test_hostile import stored
from chat.tests.serving import serving
from chat.tests.waiting import SECONDS
from chat.web import seats
from chat.web.application import service
from chat.web.handler import Handler
from chat.web.seats import NoSeat, Seats

NOW = "/admin/now/"


@pytest.fixture
def url(transactional_db: None, settings: Any) -> Iterator[str]:
    """A service that has had no pages to serve yet."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    with serving(service(Handler())) as address:
        yield address


class Held:
    """Keeps views of open requests busy until told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy = threading.Semaphore(0)
        self.threads: set[threading.Thread] = set()
        self.may_go_on = threading.Event()
        self._real: Callable[[bool], Any] = now.open_now
        monkeypatch.setattr(now, "open_now", self._wait)

    def _wait(self, may_read: bool) -> Any:
        found = self._real(may_read)  # it has a connection by now
        self.threads.add(threading.current_thread())
        self.busy.release()
        assert self.may_go_on.wait(SECONDS)
        return found


def test_many_pages_share_a_few_threads_and_the_rest_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST", 2)
    monkeypatch.setattr(seats, "PATIENCE_SECONDS", SECONDS)
    held = Held(monkeypatch)
    with (
        logged_in(url, "ada", is_superuser=True) as browser,
        ThreadPoolExecutor(6) as readers,
    ):
        pages = [readers.submit(browser.get, NOW) for _ in range(6)]
        for _ in range(2):
            assert held.busy.acquire(timeout=SECONDS)
        for path in ("/health/live", "/health/ready", "/v1/models"):
            answer = httpx.get(url + path, trust_env=False, timeout=SECONDS)
            assert answer.status_code in (200, 503)
        assert not held.busy.acquire(blocking=False)
        held.may_go_on.set()
        assert [page.result().status_code for page in pages] == [200] * 6
    assert len(held.threads) == 2


def test_who_would_have_to_wait_too_long_is_told_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST", 1)
    monkeypatch.setattr(seats, "PATIENCE_SECONDS", 0.1)
    held = Held(monkeypatch)
    with (
        logged_in(url, "ada", is_superuser=True) as browser,
        ThreadPoolExecutor(1) as reader,
    ):
        page = reader.submit(browser.get, NOW)
        assert held.busy.acquire(timeout=SECONDS)
        answer = browser.get(NOW)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["x-request-id"].startswith("req_")
        held.may_go_on.set()
        assert page.result().status_code == 200
        # The seat is cleared first, however long that takes.
        monkeypatch.setattr(seats, "PATIENCE_SECONDS", SECONDS)
        assert browser.get(NOW).status_code == 200


def test_who_reads_nothing_holds_no_seat(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST", 1)
    request = stored(hostile.user('"' * 150_000))
    with logged_in(url, "ada", is_superuser=True) as browser:
        cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
        path = f"/admin/chat/requestlog/{request.pk}/change/"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n"
        with socket.socket() as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.connect(("127.0.0.1", browser.base_url.port or 80))
            caller.sendall(head.encode())
            assert caller.recv(9) == b"HTTP/1.1 "
            for _ in range(3):
                assert browser.get(NOW).status_code == 200


async def test_a_seat_is_free_again_however_it_was_left() -> None:
    found = Seats()
    async with AsyncExitStack() as all_others:
        for _ in range(seats.most() - 1):
            await all_others.enter_async_context(found.occupy())
        for _ in range(3):
            task = asyncio.create_task(_sit(found))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with asyncio.timeout(SECONDS), found.occupy():
            waiting = [asyncio.create_task(_sit(found)) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        async with asyncio.timeout(SECONDS):
            for number, task in enumerate(waiting):
                if number:
                    task.cancel()
            await asyncio.wait(waiting)
        async with asyncio.timeout(SECONDS), found.occupy():
            pass


async def test_no_more_wait_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST", 1)
    monkeypatch.setattr(seats, "MOST_WAITING", 1)
    found = Seats()
    async with found.occupy():
        waiting = asyncio.create_task(_sit(found))
        await asyncio.sleep(0)
        with pytest.raises(NoSeat):
            await _sit(found)
        waiting.cancel()


async def _sit(found: Seats) -> None:
    async with found.occupy():
        await asyncio.sleep(SECONDS)


@pytest.mark.parametrize(
    ("pool", "expected"),
    [(None, 20), ({"max_size": 10}, 8), ({"max_size": 50}, 20), (True, 2), ({}, 20)],
)
def test_the_pool_of_the_database_is_never_used_up(
    settings: Any, monkeypatch: pytest.MonkeyPatch, pool: Any, expected: int
) -> None:
    database = {**settings.DATABASES["default"], "OPTIONS": {"pool": pool}}
    monkeypatch.setitem(settings.DATABASES, "default", database)
    assert seats.most() == expected
