"""Each request is charged once, in the transaction that closes it, whatever comes."""

import contextlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, OperationalError
from msgspec.structs import replace

from chat.models import RequestLog, Spending
from chat.requestlog import entry, lease, settled, spending
from chat.requestlog.record import Record
from chat.requestlog.spool import Spool
from chat.requestlog.store import Store
from chat.requestlog.sums import Sum, Totals, user_key
from chat.tests.access.books import books_agree, spent
from chat.tests.requestlog.closed_rows import all_closed, closed, id_of
from chat.tests.requestlog.making import Asides, append, closing, record, store
from chat.tests.requestlog.processes import quick_process
from chat.tests.requestlog.test_outage import call, service_and_outage, ways
from chat.tests.serving import Service
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# CHAT_TEST_OUTAGE=60 for the long version.
OUTAGE = float(os.environ.get("CHAT_TEST_OUTAGE", "3"))
CALLERS = 4
A_CENT = Decimal("0.01")
GUESS = Decimal("0.05")


class Told:
    """What holders of budgets hear of commits."""

    def __init__(self) -> None:
        self.totals: dict[Sum, int] = {}
        self.ended: list[str] = []

    def __call__(self, totals: Totals, ended: Any) -> None:
        self.totals |= totals
        self.ended += ended


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    told = Told()
    monkeypatch.setattr(settled, "_listeners", [told])
    yield told


def asked(**fields: Any) -> Record:
    """One that is open, of a user of a client."""
    who = {"client_id": 3, "user_id": "ann-123", "admitted_by": "key"}
    staked = {"reserved_usd": GUESS, "prompt_estimate": 100, "model": "glm-4.6"}
    return record(**{**who, **staked, "streamed": True, **fields})


def charged(opened: Record, usd: Decimal = A_CENT, **fields: Any) -> Record:
    figures = {"prompt_tokens": 10, "completion_tokens": 20, "is_estimated": False}
    return closing(opened, charged_usd=usd, **{**figures, **fields})


def presume_interrupted(*, presumed: bool = True) -> None:
    """As whoever takes the process for dead does."""
    assert lease.close_open_rows(RequestLog.objects.all(), presumed=presumed)


def test_it_counts_for_service_client_and_user_by_day_and_month(told: Told) -> None:
    opened = asked()
    keeper = store()
    keeper.write([opened])
    assert not Spending.objects.exists()
    assert told.ended == []
    keeper.write([charged(opened)])
    assert books_agree()
    assert Spending.objects.count() == 6
    assert set(told.totals.values()) == {10_000}
    assert told.ended == [opened.row.id]
    assert spent("client", 3) == spent("user", 3, "ann-123") == A_CENT


def test_those_without_a_key_count_together() -> None:
    opened = asked(client_id=None, admitted_by="open")
    store().write([charged(opened), charged(asked(client_id=None, admitted_by="page"))])
    assert books_agree()
    assert (spent("open"), spent()) == (A_CENT, 2 * A_CENT)


def test_a_month_begins_with_its_request_and_not_with_its_end() -> None:
    last = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
    store().write([charged(asked(created_at=last))])
    starts = {f"{one.period} {one.start}" for one in Spending.objects.all()}
    assert starts == {"day 2026-10-31", "month 2026-10-01"}


@pytest.mark.parametrize("together", [True, False])
def test_what_closes_twice_is_charged_once(together: bool, told: Told) -> None:
    keeper, ended = store(), charged(asked())
    for batch in [[ended, ended]] if together else [[ended], [ended]]:
        keeper.write(batch)
    assert spent() == A_CENT
    assert books_agree()
    # Whoever holds something for it may hear that twice.
    assert set(told.ended) == {ended.row.id}


def test_what_was_presumed_is_taken_back(told: Told) -> None:
    """A process that was taken for dead tells what its request did cost."""
    keeper, opened = store(), asked(created_at=datetime(2026, 10, 3, tzinfo=UTC))
    keeper.write([opened])
    RequestLog.objects.update(events=50)
    presume_interrupted()
    row = RequestLog.objects.get()
    # 100 tokens at 0.6 dollars a million, and 50 at 2.2.
    assert (row.charged_usd, row.is_estimated) == (Decimal("0.00017"), True)
    assert set(told.totals.values()) == {170}
    assert books_agree()

    keeper.write([charged(opened)])
    row.refresh_from_db()
    assert (row.charged_usd, row.is_estimated) == (A_CENT, False)
    assert set(told.totals.values()) == {10_000}
    assert not Spending.objects.exclude(requests=1, estimated_usd=0).exists()
    assert books_agree()


def test_what_costs_less_than_was_presumed_lowers_the_sum() -> None:
    keeper, opened = store(), asked(streamed=False)
    keeper.write([opened, charged(asked())])
    presume_interrupted()
    assert spent() == A_CENT + GUESS  # it may have been written to its end
    keeper.write([charged(opened, Decimal(0))])
    assert spent() == A_CENT
    assert books_agree()


def test_what_is_certain_is_not_taken_back() -> None:
    keeper, opened = store(), asked()
    keeper.write([charged(opened, duration_ms=5)])
    assert not lease.close_open_rows(RequestLog.objects.all())
    keeper.write([charged(opened, 3 * A_CENT, duration_ms=5)])
    assert spent() == A_CENT
    assert books_agree()


def test_a_correction_is_charged_instead_of_what_was_foretold() -> None:
    keeper, opened = store(), asked()
    keeper.write([opened, charged(opened, 2 * A_CENT)])
    better = replace(charged(opened, ending="client_disconnected"), corrects=True)
    keeper.write([better])
    keeper.write([better])
    assert spent() == A_CENT
    assert books_agree()


def test_what_is_turned_away_costs_nothing() -> None:
    refused = charged(asked(reserved_usd=None), ending="refused")
    rejected = charged(asked(), Decimal(0), ending="upstream_rejected")
    store().write([refused, rejected])
    assert spent() == 0
    assert Spending.objects.get(period="day", scope="service").requests == 1
    assert books_agree()


def test_a_free_answer_is_no_estimate() -> None:
    """The simulator's: nothing was set aside, and so nothing is unknown."""
    store().write([asked(reserved_usd=Decimal(0))])
    presume_interrupted(presumed=False)
    row = RequestLog.objects.get()
    assert (row.charged_usd, row.is_estimated) == (0, False)
    assert books_agree()


def test_what_a_file_has_is_charged_as_it_is_read_back(tmp_path: Path) -> None:
    """Once, though the file of the dead is read by two, one after the other."""
    dead = Spool(tmp_path, "dead-1", 1_000_000)
    ended = [charged(asked(user_id=f"user-{n}"), n * A_CENT) for n in range(1, 5)]
    dead.keep(append(dead, *ended))
    lines = {path: path.read_bytes() for path in tmp_path.glob("*.jsonl")}
    assert lines
    dead.close()
    for number in range(2):
        for path, line in lines.items():
            path.write_bytes(line)
        heir = Spool(tmp_path, f"heir-{number}", 1_000_000)
        heir.adopt()
        while heir.has_any:
            heir.write_some(store().write)
        heir.close()
    assert spent() == 10 * A_CENT
    assert books_agree()


class Particular(Store):
    """Its database does not take one request, in whatever form it comes."""

    def __init__(self, set_aside: Any, bad: str) -> None:
        super().__init__(set_aside)
        self.bad = bad

    def _write(self, records: Any) -> Totals:
        totals = super()._write(records)
        if any(one.row.id == self.bad for one in records):
            raise DataError("a value that no column takes")
        return totals


def test_a_row_that_is_set_aside_is_charged_to_nobody(told: Told) -> None:
    """Nor is it told to be stored: what is held for it is held on."""
    good, bad = charged(asked()), charged(asked())
    asides = Asides()
    Particular(asides, bad.row.id).write([good, bad])
    assert len(asides) == 1
    assert spent() == A_CENT
    assert told.ended == [good.row.id]
    assert books_agree()


def test_a_commit_that_fails_charges_nothing_and_tells_nothing(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = spending.add

    def add_and_fail(*words: Any) -> Totals:
        add(*words)
        raise OperationalError("the connection is gone")

    keeper, ended = store(), charged(asked())
    monkeypatch.setattr(spending, "add", add_and_fail)
    with pytest.raises(OperationalError):
        keeper.write([ended])
    assert (Spending.objects.count(), told.ended) == (0, [])
    monkeypatch.setattr(spending, "add", add)
    keeper.write([ended])
    assert spent() == A_CENT
    assert books_agree()


def test_a_row_that_cannot_be_filled_in_is_charged(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(entry, "ended", fail)
    row = closed(id_of(service.post()))
    assert row.ending == "completed"
    assert row.charged_usd
    assert spent("open") == row.charged_usd
    assert "A row could not be filled in" in caplog.text


@pytest.mark.parametrize("way", ways())
def test_while_the_database_is_away_nothing_is_lost_or_charged_twice(
    zai: Any, tmp_path: Path, way: str
) -> None:
    with service_and_outage(zai, tmp_path, way) as (process, away):
        told = [call(process)[0] for _ in range(3)]
        with away(), ThreadPoolExecutor(CALLERS) as callers:
            over = time.monotonic() + OUTAGE

            def keep_calling(_: int) -> list[str]:
                mine = [call(process)[0]]
                while time.monotonic() < over:
                    mine.append(call(process)[0])
                return mine

            for some in callers.map(keep_calling, range(CALLERS)):
                told += some
        told += [call(process)[0] for _ in range(3)]
        rows = all_closed(len(told))
    assert {row.pk for row in rows} == set(told)
    assert all(row.charged_usd and not row.is_estimated for row in rows)
    assert Spending.objects.get(period="day", scope="open").requests == len(told)
    assert books_agree()


@pytest.mark.parametrize("way", ways())
def test_who_is_killed_while_the_database_is_away_has_charged_all(
    zai: Any, tmp_path: Path, way: str
) -> None:
    with service_and_outage(zai, tmp_path, way) as (process, away), away():
        told = [call(process)[0] for _ in range(5)]
        process.popen.kill()
        process.popen.wait()
    with quick_process(tmp_path / "b", zai):
        rows = all_closed(5)
        eventually(books_agree_at_last)
    assert {row.pk for row in rows} == set(told)
    assert all(row.charged_usd and not row.is_estimated for row in rows)


def books_agree_at_last() -> bool:
    with contextlib.suppress(AssertionError):
        return books_agree()
    return False


def test_a_user_is_named_in_the_sum_and_not_in_what_redis_hears(told: Told) -> None:
    store().write([charged(asked())])
    names = {of.name for of in told.totals}
    assert not any("ann-123" in name for name in names)
    assert any(user_key(3, "ann-123") in name for name in names)
