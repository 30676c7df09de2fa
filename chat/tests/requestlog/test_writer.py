"""The writer's thread goes on whatever happens, and ends with the truth."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from chat.models import RequestLog
from chat.requestlog.journal import Journal
from chat.requestlog.spool_file import SpoolFile
from chat.requestlog.store import Store
from chat.requestlog.writer import Writer
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.making import HELLO, closing, put, record, said
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(*_: Any) -> None:
    raise OperationalError("away")


def test_what_the_spool_knows_is_not_called_interrupted(settings: Any) -> None:
    """The database is back for the lease, and not yet for the spool."""
    journal = Journal()
    opened = record(process=journal.process)
    put(journal, opened)
    eventually(RequestLog.objects.exists)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", refuse)
        put(journal, closing(opened))
        journal.close()
    assert RequestLog.objects.get().ending is None
    heir = Journal()
    [row] = all_closed(1)
    heir.close()
    assert row.ending == "completed"


def test_an_unexpected_fault_is_told_and_survived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journal, faults = Journal(), [1, 1]
    write = Writer._write

    def fail(self: Writer, items: Any) -> None:
        if faults:
            faults.pop()
            raise ZeroDivisionError
        write(self, items)

    monkeypatch.setattr(Writer, "_write", fail)
    put(journal, closing(record()))
    eventually(lambda: len(faults) == 1)
    put(journal, closing(record()))
    all_closed(2)
    journal.close()
    assert "A fault of ours in the writer of the log; it goes on" in caplog.text
    assert RequestLog.objects.count() == 2


def test_a_long_queue_is_written_before_the_end() -> None:
    journal = Journal()
    for _ in range(700):
        put(journal, closing(said(HELLO, "Hi")))
    journal.close()
    assert RequestLog.objects.filter(ending="completed").count() == 700


def test_what_comes_after_the_end_waits_for_the_next(settings: Any) -> None:
    journal = Journal()
    journal.close()
    late = closing(record())
    put(journal, late)
    assert list(Path(settings.CHAT_SPOOL_DIR).glob("*.jsonl"))
    heir = Journal()
    [row] = all_closed(1)
    heir.close()
    assert row.pk == late.row.id


def test_two_journals_leave_each_other_alone() -> None:
    one, other = Journal(), Journal()
    for journal in (one, other):
        put(journal, record(process=journal.process))
    eventually(lambda: RequestLog.objects.count() == 2)
    one.close()
    assert RequestLog.objects.get(ending=None).process == other.process
    other.close()


def test_what_a_silent_database_does_not_take_is_flushed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that loses its power while it hangs takes the last second with it."""
    hanging, over, write = threading.Event(), threading.Event(), Store.write
    flushed: list[str] = []
    flush = SpoolFile.flush

    def note(self: SpoolFile) -> None:
        flush(self)
        flushed.append(self.path.read_text())

    def hang(self: Store, records: Any) -> None:
        hanging.set()
        over.wait(60)
        write(self, records)

    monkeypatch.setattr(Store, "write", hang)
    monkeypatch.setattr(SpoolFile, "flush", note)
    journal = Journal()
    try:
        first, second = (closing(record(process=journal.process)) for _ in range(2))
        put(journal, first)
        assert hanging.wait(20)
        put(journal, second)
        eventually(lambda: any(second.row.id in text for text in flushed))
        assert any(first.row.id in text for text in flushed)
        eventually(lambda: journal.writer.silent_since)
        assert not RequestLog.objects.exists()
    finally:
        over.set()
        journal.close()
    assert len(all_closed(2)) == 2
    assert tallies_agree()


@pytest.mark.usefixtures("postgresql")
def test_a_connection_is_kept_when_a_lock_was_not_to_be_had() -> None:
    """Given back, another might take its slot, and the server have no more."""
    journal = Journal()
    try:
        put(journal, closing(record()))
        all_closed(1)
        before = _server_process(journal)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE chat_requestlog IN ACCESS EXCLUSIVE MODE")
            put(journal, closing(record()))
            eventually(lambda: journal.writer.away_since)
        all_closed(2)
        assert _server_process(journal) == before
    finally:
        journal.close()


def _server_process(journal: Journal) -> int:
    """The process of PostgreSQL that serves the writer."""
    number: int = journal.writer._watchdog._watched.connection.info.backend_pid
    return number
