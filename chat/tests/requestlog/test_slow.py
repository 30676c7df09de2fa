"""A record that the database has no time for holds nothing up."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from chat.models import Message, Process, RequestLog, RequestText
from chat.requestlog import keeping, lease, lines, spool
from chat.requestlog.journal import Journal
from chat.requestlog.record import Record, encode_record
from chat.tests.requestlog.closed_rows import all_closed, closed
from chat.tests.requestlog.making import HELLO, closing, put, record, said
from chat.tests.requestlog.processes import database_url
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("quick"),
]

HUGE = 200_000


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SECONDS_PUT_OFF", 0.2)


@contextlib.contextmanager
def holding(statement: str, *values: Any) -> Iterator[None]:
    """Somebody else in the middle of a transaction on PostgreSQL."""
    with psycopg.connect(database_url()) as other:
        other.execute(statement, values)
        yield
        other.rollback()


@contextlib.contextmanager
def begun() -> Iterator[Journal]:
    made = Journal()
    try:
        yield made
    finally:
        made.close()


def huge() -> Record:
    return closing(said([{"role": "user", "content": "Hello"}] * HUGE, "Hi"))


def test_a_request_of_very_many_messages_is_stored_as_far_as_is_kept() -> None:
    with begun() as log:
        large = huge()
        put(log, replace(large, row=replace(large.row, ending=None)))
        put(log, large)
        put(log, closing(said(HELLO, "Hi")))
        all_closed(2)
    assert Message.objects.count() < 2000
    bodies = Message.objects.filter(role="system").values_list("body", flat=True)
    assert any("messages left out of the log" in body["content"] for body in bodies)
    assert RequestText.objects.count() == 2
    assert tallies_agree()


def test_what_an_old_spool_has_of_it_is_too(settings: Any) -> None:
    folder = Path(settings.CHAT_SPOOL_DIR)
    folder.mkdir()
    found = [encode_record(one) + b"\n" for one in (huge(), closing(said(HELLO)))]
    (folder / "1-dead.000001.jsonl").write_bytes(b"".join(found))
    with begun():
        all_closed(2)
    assert not list(folder.glob("*.jsonl"))


@pytest.mark.usefixtures("postgresql")
def test_a_record_that_takes_too_long_goes_aside_and_its_row_is_stored(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """As without any bound: one statement for each of 200,000 messages."""
    monkeypatch.setattr(spool, "bounded", _as_it_is)
    monkeypatch.setattr(lines, "bounded", _as_it_is)
    monkeypatch.setattr("chat.requestlog.statements.LINKS_AT_ONCE", 1)
    with begun() as log:
        large = huge()
        put(log, large)
        behind = [closing(said(HELLO, "Hi")) for _ in range(20)]
        for one in behind:
            put(log, one)
        rows = all_closed(21)
        assert {row.ending for row in rows} == {"completed"}
        eventually(lambda: log.spool.aside.size, 60)
        beaten = Process.objects.get(pk=log.process).renewed_at
        eventually(lambda: Process.objects.get(pk=log.process).renewed_at > beaten)
    assert not RequestText.objects.filter(pk=large.row.id).exists()
    assert large.row.id.encode() in log.spool.aside.path.read_bytes()
    assert tallies_agree()


def _as_it_is(record: Record) -> tuple[Record, int]:
    return record, keeping.ROW_BYTES


@pytest.mark.usefixtures("postgresql")
def test_a_row_that_another_holds_holds_up_no_other(caplog: Any) -> None:
    with begun() as log:
        held, other = record(process=log.process), record(process=log.process)
        put(log, held)
        put(log, other)
        eventually(lambda: RequestLog.objects.count() == 2)
        lock = "SELECT 1 FROM chat_requestlog WHERE id = %s FOR UPDATE"
        with holding(lock, held.row.id):
            put(log, closing(held))
            put(log, closing(other))
            assert closed(other.row.id).ending == "completed"
            late = closing(said(HELLO))
            put(log, late)
            closed(late.row.id)
            assert log.writer.away_since is None
            eventually(lambda: log.spool.aside.size, 60)
        assert held.row.id in caplog.text
        assert "cannot be used" not in caplog.text


@pytest.mark.usefixtures("postgresql")
def test_a_row_that_is_let_go_in_time_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spool, "SECONDS_PUT_OFF", 1.0)
    with begun() as log:
        held = record(process=log.process)
        put(log, held)
        eventually(RequestLog.objects.exists)
        lock = "SELECT 1 FROM chat_requestlog WHERE id = %s FOR UPDATE"
        with holding(lock, held.row.id):
            put(log, closing(held))
            eventually(lambda: log.spool._put_off)
        assert closed(held.row.id).ending == "completed"
        assert not log.spool.aside.size


@pytest.mark.usefixtures("postgresql")
def test_a_table_that_is_locked_is_an_outage_and_nothing_goes_aside() -> None:
    with begun() as log:
        with holding("LOCK TABLE chat_requestlog IN ACCESS EXCLUSIVE MODE"):
            for _ in range(20):
                put(log, closing(said(HELLO, "Hi")))
            eventually(lambda: log.writer.away_since is not None)
            over = time.monotonic() + 6
            eventually(lambda: time.monotonic() > over)
        all_closed(20)
        assert not log.spool.aside.size
        eventually(lambda: log.writer.away_since is None)
    assert tallies_agree()


@pytest.mark.usefixtures("postgresql")
def test_the_dead_are_buried_beside_a_record_that_takes_too_long() -> None:
    with begun() as log:
        held = record(process=log.process)
        put(log, held)
        eventually(RequestLog.objects.exists)
        lock = "SELECT 1 FROM chat_requestlog WHERE id = %s FOR UPDATE"
        with holding(lock, held.row.id):
            put(log, closing(held))
            eventually(lambda: log.spool._put_off or log.spool.aside.size)
            old = record(process="dead").row.created_at - 10 * lease.LEASE
            orphan = record(process="dead", created_at=old)
            put(log, orphan)
            assert closed(orphan.row.id).ending == "interrupted"


@pytest.mark.usefixtures("postgresql")
def test_a_beat_that_waits_for_a_lock_is_no_outage(caplog: Any) -> None:
    with begun() as log:
        leases = Process.objects.filter(pk=log.process)
        eventually(leases.exists)
        lock = "SELECT 1 FROM chat_process WHERE id = %s FOR UPDATE"
        with holding(lock, log.process):
            eventually(lambda: "answers, but not in time" in caplog.text)
            made = closing(said(HELLO, "Hi"))
            put(log, made)
            closed(made.row.id)
            assert log.writer.away_since is None
    assert "cannot be used" not in caplog.text
