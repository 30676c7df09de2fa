"""A flood of refused requests is counted, not stored."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chat.ending import Ending
from chat.models import EndingTally, RequestLog
from chat.requestlog import flood
from chat.requestlog.flood import Flood
from chat.tests.requestlog.closed_rows import all_closed, posted
from chat.tests.serving import Service, service_for
from chat.tests.waiting import eventually

ADDRESS = "203.0.113.1"
NET = "2001:db8:1:2"


def counted() -> Counter[str]:
    """How many requests the sums have, by ending."""
    found: Counter[str] = Counter()
    for tally in EndingTally.objects.filter(span=3600):
        found[tally.ending] += tally.requests
    return found


def many(service: Service, count: int, **body: Any) -> None:
    with ThreadPoolExecutor(10) as callers:
        list(callers.map(lambda _: service.send(body), range(count)))


@pytest.mark.usefixtures("quick")
def test_after_a_hundred_a_minute_they_are_counted(
    service: Service, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = []
    many(service, 150)
    assert len(all_closed(100)) == 100
    service.post()
    eventually(lambda: RequestLog.objects.filter(ending="completed").count() == 1)
    eventually(lambda: "127.0.0.1 have no row" in caplog.text)
    eventually(lambda: counted() == {"refused": 150, "completed": 1})


@pytest.mark.usefixtures("quick")
def test_what_zai_rejects_for_the_callers_fault_counts_too(
    zai: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit there is neither row nor text of it, and what goes well has."""
    monkeypatch.setattr(flood, "EACH", "20 per minute")
    rejected = [{"role": "user", "content": "sim:error=1301 " + "x" * 1000}]
    with service_for() as guarded:
        many(guarded, 60, messages=rejected)
        eventually(lambda: counted() == {"upstream_rejected": 60})
        # Ten at a time were open when the last of the twenty was rejected.
        found = RequestLog.objects.count()
        assert 20 <= found <= 32
        many(guarded, 40, messages=rejected)
        eventually(lambda: counted() == {"upstream_rejected": 100})
        assert RequestLog.objects.count() == found
        row = posted(guarded, "Hello")
        assert row.ending == "completed"
        assert row.text.answer
    assert not RequestLog.objects.filter(ending=None).exists()


def test_the_log_says_how_many(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Flood, "_write_sums", lambda self: None)
    guard = Flood()

    def refuse(address: str | None) -> bool:
        if guard.admits(address):
            return True
        guard.leave_out(address, Ending.REFUSED)
        return False

    assert [refuse(ADDRESS) for _ in range(107)] == [True] * 100 + [False] * 7
    assert refuse("203.0.113.2")
    assert refuse(None)
    guard.report()
    assert "7 refused requests of 203.0.113.1 have no row" in caplog.text
    caplog.clear()
    refuse(ADDRESS)
    guard.report()
    assert not caplog.text  # once a minute
    guard.report_now()  # and at the end
    assert "1 refused requests of 203.0.113.1 have no row" in caplog.text


def test_a_network_of_ipv6_is_one_caller() -> None:
    guard = Flood()
    admitted = sum(guard.admits(f"{NET}::{n:x}") for n in range(150))
    assert admitted == 100
    assert guard.admits("2001:db8:1:3::1")


def test_all_together_have_a_limit() -> None:
    guard = Flood()
    admitted = sum(guard.admits(f"10.0.{n // 250}.{n % 250}") for n in range(3000))
    assert admitted == 1000
    storage: Any = guard._limiter.storage
    assert len(storage.storage) <= 2 * 1000 + 2


def test_there_is_a_limit_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "EACH", "100 per minute; 120 per day")
    guard = Flood()
    assert sum(guard.admits(ADDRESS) for _ in range(100)) == 100
    storage: Any = guard._limiter.storage
    for key in [key for key in storage.storage if key.endswith("minute")]:
        storage.clear(key)
    assert sum(guard.admits(ADDRESS) for _ in range(100)) == 20


def test_a_text_counts_by_its_length() -> None:
    guard = Flood()
    assert sum(guard.admits(ADDRESS, 1_000_000) for _ in range(50)) == 1
    assert guard.mistrusts(ADDRESS)
    assert sum(guard.admits(ADDRESS, 1000) for _ in range(50)) == 49
    assert guard.admits("203.0.113.2", 10**9)
    assert not guard.mistrusts("203.0.113.2")


def test_addresses_are_not_counted_without_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(flood, "MOST_ADDRESSES", 30)
    guard = Flood()
    for n in range(100):
        guard.leave_out(f"203.0.113.{n}", Ending.REFUSED)
        guard._mistrust(f"203.0.113.{n}")
    assert len(guard._left_out) == 31
    assert len(guard._mistrusted) == 30
    guard.report_now()
    assert len(caplog.records) == flood.MOST_REPORTED + 1
    assert "of 11 more addresses have no row" in caplog.text
