"""A flood of refused requests is counted, not stored."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chat.models import RequestLog
from chat.requestlog import flood
from chat.requestlog.flood import Flood
from chat.tests.conftest import Service
from chat.tests.e2e.conftest import eventually
from chat.tests.requestlog.conftest import all_closed, tallies_agree


@pytest.mark.usefixtures("quick")
def test_after_a_hundred_a_minute_they_are_counted(
    service: Service, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = []
    with ThreadPoolExecutor(20) as callers:
        list(callers.map(lambda _: service.send({}), range(150)))
    assert len(all_closed(100)) == 100
    service.post()
    eventually(lambda: RequestLog.objects.filter(ending="completed").count() == 1)
    eventually(lambda: "127.0.0.1 have no row" in caplog.text)
    assert tallies_agree()


def test_the_log_says_how_many(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Flood()
    admitted = [guard.admits("203.0.113.1") for _ in range(107)]
    assert admitted == [True] * 100 + [False] * 7
    assert guard.admits("203.0.113.2")
    assert guard.admits(None)
    guard.report()
    assert "7 refused requests of 203.0.113.1 have no row" in caplog.text
    caplog.clear()
    guard.admits("203.0.113.1")
    guard.report()
    assert not caplog.text  # once a minute
    guard.report_now()  # and at the end
    assert "1 refused requests of 203.0.113.1 have no row" in caplog.text


def test_addresses_are_not_counted_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "MOST_ADDRESSES", 1)
    guard = Flood()
    for _ in range(102):
        guard.admits("203.0.113.1")
        guard.admits("203.0.113.2")
    assert len(guard._left_out) == 1
