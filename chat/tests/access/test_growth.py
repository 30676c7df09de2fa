"""Nothing of a ledger grows without a bound, and nothing is forgotten too soon."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.access import holds, sums
from chat.access.claim import Use, money, place
from chat.access.holds import Holds
from chat.access.ledger import Ledger
from chat.access.local import LocalLedger
from chat.access.sums import Sums
from chat.models.spending import Period, Scope
from chat.requestlog.sums import Sum
from chat.tests.access.bank import Bank, a_day, everything
from chat.tests.access.redis_server import RedisServer


class Clock:
    now = 10_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(holds, "time", clock)
    monkeypatch.setattr(sums, "time", clock)
    return clock


@pytest.fixture
def local(bank: Bank) -> LocalLedger:
    return LocalLedger(bank.read_sums, bank.read_held)


async def test_of_ended_requests_nothing_is_left(
    local: LocalLedger, bank: Bank
) -> None:
    for number in range(100):
        claims = everything(user=f"user {number}")
        await local.hold(f"r{number}", claims)
        local.settle(f"r{number}", 10)
        totals = bank.commit(10, *(claim.sum for claim in claims if claim.sum))
        local.committed(totals, [f"r{number}"])
    assert len(local.holds) == 0
    assert local.holds.amounts == {}


async def test_a_sum_that_nobody_needs_is_forgotten(
    local: LocalLedger, bank: Bank, clock: Clock
) -> None:
    await local.hold("a", everything())
    local.release("a")
    clock.now += sums.SECONDS_IN_USE + 1
    local.refresh()
    assert len(bank.questions) == 1  # it is not read again and again
    assert len(local.sums) == 6
    clock.now += sums.SECONDS_KEPT
    local.refresh()
    assert len(local.sums) == 0


def test_a_sum_of_yesterday_is_forgotten(clock: Clock) -> None:
    known = Sums()
    today = datetime.now(UTC).date()
    for days in (0, 1):
        day = today - timedelta(days=days)
        known.add(Sum(Period.DAY, day, Scope.OPEN), 5)
    clock.now += sums.SECONDS_IN_USE + 1
    known.forget(unused=False)
    assert known.total(Sum(Period.DAY, today, Scope.OPEN)) == 5
    assert len(known) == 1


def test_too_many_sums_are_too_many(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "MOST_KEPT", 10)
    monkeypatch.setattr(sums, "MOST_IN_USE", 4)
    known = Sums()
    for number in range(30):
        clock.now += 1
        known.learn({a_day(number): 5}, clock.now)
    known.forget(unused=True)
    assert len(known) == 10
    assert known.total(a_day(29)) == 5
    assert len(known.in_use()) == 4
    assert a_day(29) in known.in_use()


async def test_a_cost_that_the_database_never_gets_counts_for_a_day(
    local: LocalLedger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    claims = [money("client:1", 100, 1000, a_day()), place("client:1", 9)]
    for name in "ab":
        await local.hold(name, claims)
        local.settle(name, 90)
    await local.hold("open", claims)
    clock.now += holds.SECONDS_TO_HOLD - 1
    local.forget()
    assert local.used(claims) == [Use(280, 0), Use(1)]
    assert local.problems() == []
    clock.now += 2
    with caplog.at_level(logging.ERROR):
        local.forget()
        local.forget()
    assert local.used(claims) == [Use(0, 0), Use(0)]
    assert len(caplog.records) == 1
    assert "3 requests are held no longer" in local.problems()[0]


async def test_of_very_many_the_oldest_is_forgotten(
    local: LocalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "MOST_HOLDS", 5)
    claims = [money("client:1", 100, 10_000, a_day())]
    for number in range(8):
        await local.hold(f"r{number}", claims)
    local.forget()
    assert len(local.holds) == 5
    assert "r2" not in local.holds
    assert "r3" in local.holds


async def test_every_key_of_redis_expires(
    shared: Ledger, redis_server: RedisServer, bank: Bank
) -> None:
    claims = everything()
    for name in "abc":
        await shared.hold(name, claims)
    shared.settle("a", 10)
    shared.release("b")
    shared.committed(bank.commit(10, a_day()), [])
    shared.refresh()
    keys = [key for key in redis_server.client.scan_iter() if b":gate:" not in key]
    kinds = {key.split(b":")[1] for key in keys}
    assert kinds == {b"alive", b"held", b"spent", b"rate"}
    assert all(0 < redis_server.client.ttl(key) <= 600 for key in keys)
    assert all(key.startswith(b"{zc}:") for key in keys)
    assert not any(b"ann" in key for key in keys)


async def test_what_is_held_for_long_is_kept(
    shared: Any, redis_server: RedisServer
) -> None:
    claims = [place("client:1", 5)]
    await shared.hold("a", claims)
    key = "{zc}:held:open:client:1"
    redis_server.client.expire(key, 100)
    shared._next_keeping = 0.0
    shared.refresh()
    assert redis_server.client.ttl(key) > 500


async def test_what_redis_has_dropped_is_told_anew(
    shared: Any, redis_server: RedisServer
) -> None:
    claims = [place("client:1", 5)]
    await shared.hold("a", claims)
    redis_server.client.delete("{zc}:held:open:client:1")
    shared._next_keeping = 0.0
    shared.refresh()
    assert redis_server.held("open:client:1") == 1


def test_many_threads_leave_a_true_count() -> None:
    """As the writer, the watch and event loops come together."""
    ledger = LocalLedger(None, None)
    claims = [money("client:1", 100, 10**12, a_day()), place("client:1", 10**6)]

    def work(name: str) -> None:
        for number in range(500):
            with ledger.lock:
                ledger.holds.take(f"{name}{number}", claims)
            ledger.settle(f"{name}{number}", 3)
            ledger.committed({}, [f"{name}{number}"])
            ledger.forget()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.used(claims) == [Use(0, 6000), Use(0)]
    assert Holds().amounts == ledger.holds.amounts == {}
