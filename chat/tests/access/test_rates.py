import tracemalloc

import pytest

from chat.access import rates
from chat.access.rates import Rates


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rates, "time", clock)
    return clock


def test_the_minute_moves_with_the_clock(clock: Clock) -> None:
    counted = Rates()
    allowed = []
    for _ in range(600):  # two minutes, five times a second
        allowed.append(counted.hit("a", 100).allowed)
        clock.now += 0.2
    assert allowed == [True] * 100 + [False] * 200 + [True] * 100 + [False] * 200
    assert counted.taken("a") == 99  # the first of them is a minute ago


def test_it_says_when_the_next_may_come(clock: Clock) -> None:
    counted = Rates()
    quotas = []
    for _ in range(3):
        quotas.append(counted.hit("a", 2))
        clock.now += 10
    assert [quota.remaining for quota in quotas] == [1, 0, 0]
    assert [quota.reset_seconds for quota in quotas] == [60, 50, 40]
    clock.now += 29.9
    assert not counted.look("a", 2).allowed
    clock.now += 0.1
    assert counted.look("a", 2).allowed


def test_names_are_apart(clock: Clock) -> None:
    counted = Rates()
    assert counted.hit("a", 1).allowed
    assert counted.hit("b", 1).allowed
    assert not counted.hit("a", 1).allowed


def test_several_limits_of_one_caller_hold_after_a_quiet_minute(clock: Clock) -> None:
    """All are looked at before any is counted, as the ledger does."""
    counted, names = Rates(), ("client", "user", "address")
    for _ in range(3):
        clock.now += 61
        assert all(counted.has_room(name, 2) for name in names)
        assert [counted.count(name, 2).remaining for name in names] == [1, 1, 1]
        assert [counted.taken(name) for name in names] == [1, 1, 1]


def test_who_comes_no_more_is_forgotten(clock: Clock) -> None:
    counted = Rates()
    for number in range(1000):
        counted.hit(f"address {number}", 5)
    clock.now += 61
    for number in range(1000):
        counted.hit(f"other {number}", 5)
    assert len(counted) == 1000


def test_nobody_fills_the_memory_within_a_minute(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_NAMES", 100)
    counted = Rates()
    for number in range(10_000):
        counted.hit(f"address {number}", 5)
        clock.now += 0.001
    assert len(counted) == 100


def test_who_is_refused_takes_no_memory(clock: Clock) -> None:
    counted = Rates()
    counted.hit("a", 1)
    tracemalloc.start()
    for number in range(10_000):
        counted.hit("a", 1)
        counted.look(f"unknown {number}", 0)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 10_000
