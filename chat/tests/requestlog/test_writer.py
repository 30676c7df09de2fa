"""The writer's thread goes on whatever happens, and ends with the truth."""

from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from chat.models import RequestLog
from chat.requestlog.journal import Journal
from chat.requestlog.store import Store
from chat.requestlog.writer import Writer
from chat.tests.e2e.conftest import eventually
from chat.tests.requestlog.conftest import all_closed
from chat.tests.requestlog.making import HELLO, closing, record, said

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(*_: Any) -> None:
    raise OperationalError("away")


def test_what_the_spool_knows_is_not_called_interrupted(settings: Any) -> None:
    """The database is back for the lease, and not yet for the spool."""
    journal = Journal()
    opened = record(process=journal.process)
    journal.writer.put(opened)
    eventually(RequestLog.objects.exists)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", refuse)
        journal.writer.put(closing(opened))
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
    take = Writer._take

    def fail(self: Writer) -> Any:
        if faults:
            faults.pop()
            raise ZeroDivisionError
        return take(self)

    monkeypatch.setattr(Writer, "_take", fail)
    journal.writer.put(closing(record()))
    journal.writer.put(closing(record()))
    all_closed(1)
    journal.close()
    assert "A fault of ours in the writer of the log; it goes on" in caplog.text
    assert RequestLog.objects.count() == 2


def test_a_long_queue_is_written_before_the_end() -> None:
    journal = Journal()
    for _ in range(1500):
        journal.writer.put(closing(said(HELLO, "Hi")))
    journal.close()
    assert RequestLog.objects.filter(ending="completed").count() == 1500


def test_what_comes_after_the_end_waits_for_the_next(settings: Any) -> None:
    journal = Journal()
    journal.close()
    told: list[bool] = []
    late = closing(record())
    journal.writer.put(late, lambda: told.append(True))
    assert told
    assert list(Path(settings.CHAT_SPOOL_DIR).glob("*.jsonl"))
    heir = Journal()
    [row] = all_closed(1)
    heir.close()
    assert row.pk == late.row.id


def test_two_journals_leave_each_other_alone() -> None:
    one, other = Journal(), Journal()
    for journal in (one, other):
        journal.writer.put(record(process=journal.process))
    eventually(lambda: RequestLog.objects.count() == 2)
    one.close()
    assert RequestLog.objects.get(ending=None).process == other.process
    other.close()
