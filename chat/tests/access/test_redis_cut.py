"""Redis goes away while many ask: no request fails for it, and it is said once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.access.clients import add_client
from chat.models import RequestLog
from chat.tests.access.asking import asking, let_in, post, ready
from chat.tests.access.books import books_agree
from chat.tests.access.four import workers
from chat.tests.access.redis_server import RedisServer
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

CALLERS = 4
MUCH = {
    "requests_per_minute": 100_000,
    "open_at_once": 1_000,
    "budget_usd_per_day": Decimal(1000),
    "user_budget_usd_per_month": Decimal(1000),
}
PAUSE_MS = 3_000
AWAY = "Redis does not count"


class Callers:
    """They ask on and on; `told` counts what they are told."""

    def __init__(self, url: str, key: str) -> None:
        self.told: Counter[int] = Counter()
        self._url, self._key = url, key
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CALLERS)]

    def wait_for(self, more: int) -> None:
        until = self.told.total() + more
        eventually(lambda: self.told.total() >= until, 120)

    def _ask(self) -> None:
        while not self._over.is_set():
            self.told[post(self._url, key=self._key).status_code] += 1

    @contextmanager
    def at_work(self) -> Iterator["Callers"]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()


def end(server: RedisServer) -> Callable[[], object]:
    server.shut_down()
    return server.start


def freeze(server: RedisServer) -> Callable[[], object]:
    server.freeze()
    return server.thaw


def pause(server: RedisServer) -> Callable[[], object]:
    server.client.client_pause(PAUSE_MS)
    return lambda: None


@pytest.mark.parametrize("cut", [end, freeze, pause], ids=lambda way: way.__name__)
def test_no_request_fails_and_it_comes_back(
    zai: Any, tmp_path: Path, redis_server: RedisServer, cut: Any
) -> None:
    _, key = add_client("A client", **MUCH)
    with workers(tmp_path, zai, 1, REDIS_URL=redis_server.url) as process:
        with Callers(process.url, key).at_work() as callers:
            callers.wait_for(20)
            assert ready(process.url)["access"] == []
            restore = cut(redis_server)
            callers.wait_for(20)
            eventually(lambda: AWAY in process.output)
            if cut is not pause:  # which may be over by now
                told = ready(process.url)
                assert told["status"] == "ready"
                assert [AWAY in sentence for sentence in told["access"]] == [True]
            restore()
            eventually(lambda: ready(process.url)["access"] == [])
            callers.wait_for(20)
        assert set(callers.told) == {200}
        assert process.output.count(AWAY) == 1
        assert process.output.count("Redis counts limits for all processes again") == 1
        all_closed(callers.told.total())
        eventually(lambda: nothing_is_held(redis_server))
    assert RequestLog.objects.count() == callers.told.total()
    assert books_agree()


def test_what_is_flushed_is_put_back(
    zai: Any, tmp_path: Path, redis_server: RedisServer
) -> None:
    """Holds by those who hold them, and what is spent by the database."""
    client, key = add_client("A client", open_at_once=5, budget_usd_per_day=5)
    with workers(tmp_path, zai, 2, REDIS_URL=redis_server.url) as process:
        spent_before = [post(process.url, key=key).status_code for _ in range(3)]
        assert spent_before == [200] * 3
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
        eventually(lambda: nothing_is_held(redis_server))
        with asking(process.url, 10, key=key) as answers:
            assert len(let_in(answers)) == 5
            redis_server.client.flushall()
            name = f"open:client:{client.pk}"
            eventually(lambda: redis_server.held(name) == 5)
            # One of the two may hold all five; the other counts alone until it is back.
            eventually(lambda: len(redis_server.leases()) == 2)
            with asking(process.url, 10, key=key) as more:
                assert not let_in(more)
        assert AWAY not in process.output
        eventually(lambda: post(process.url, key=key).status_code == 200)
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
        eventually(lambda: nothing_is_held(redis_server))
    assert books_agree()


def nothing_is_held(server: RedisServer) -> bool:
    names = server.client.scan_iter("{zc}:held:*")
    return not any(
        server.held(name.decode().removeprefix("{zc}:held:")) for name in names
    )
