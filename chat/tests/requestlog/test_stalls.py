"""A database or a disk that takes its time: no caller waits for either."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.exchange.register import open_exchanges
from chat.models import RequestLog
from chat.requestlog import ahead as aheads
from chat.requestlog import intake
from chat.requestlog.ahead import Ahead
from chat.requestlog.item import Item
from chat.requestlog.journal import Journal, current
from chat.requestlog.spool import Spool
from chat.requestlog.spool_file import SpoolFile
from chat.requestlog.store import Store
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.frames import DONE, frames
from chat.tests.requestlog.closed_rows import all_closed, closed, id_of
from chat.tests.requestlog.making import HELLO, closing, put, said
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.requestlog.written_down import written_down
from chat.tests.serving import Service, service_for
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_commit_that_takes_longer_than_all_answers(
    service: Service, hanging: threading.Event
) -> None:
    told = [id_of(service.post(stream=stream)) for stream in (True, False, True)]
    told.append(id_of(service.post("sim:error=1210")))
    assert not RequestLog.objects.exists()
    hanging.set()
    assert {row.pk for row in all_closed(4)} == set(told)
    assert tallies_agree()


class Disk:
    """Its writes take as long as it is told, in whichever thread they come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.threads: list[str] = []
        append = SpoolFile.append

        def slowly(file: SpoolFile, line: bytes) -> int:
            self.threads.append(threading.current_thread().name)
            time.sleep(self.seconds)
            assert self.goes_on.wait(60)
            return append(file, line)

        monkeypatch.setattr(SpoolFile, "append", slowly)

    @property
    def was_by_a_thread(self) -> bool:
        return self.threads[-1].startswith("requestlog-ahead")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_disk_that_was_slow_is_written_by_a_thread_until_it_is_quick(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aheads, "SLOW_SECONDS", 0.3)  # this machine may be busy
    ahead = Ahead(Spool(tmp_path, "a", 1_000_000))

    async def write(seconds: float) -> bool:
        disk.seconds = seconds
        await ahead.write(Item(closing(said(HELLO))))
        return disk.was_by_a_thread

    async def story() -> list[bool]:
        return [await write(seconds) for seconds in (0, 0.4, 0.4, 0, 0)]

    assert asyncio.run(story()) == [False, False, True, True, False]
    ahead.close()
    assert len(written_down(tmp_path)) == 5


def test_what_is_large_is_written_by_a_thread(tmp_path: Path, disk: Disk) -> None:
    ahead = Ahead(Spool(tmp_path, "a", 10_000_000))

    async def write(words: int, is_large: bool = False) -> bool:
        record = said(HELLO, "word " * words)
        await ahead.write(Item(record), is_large)
        return disk.was_by_a_thread

    async def story() -> list[bool]:
        return [await write(100), await write(60_000), await write(1, True)]

    assert asyncio.run(story()) == [False, True, True]
    ahead.close()
    assert len(written_down(tmp_path)) == 3


def test_a_write_that_hangs(
    service: Service, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow one holds the event loop up once. Then a thread waits, and nobody else for
    long; and all is written once the disk goes on."""
    monkeypatch.setattr(aheads, "LONGEST_SECONDS", 0.1)
    disk.seconds = 0.4
    told = [id_of(service.post())]
    disk.seconds = 0.0
    disk.goes_on.clear()
    answers = [service.post(stream=stream) for stream in (True, False, True)]
    assert frames(answers[0].content)[-1] == frames(answers[2].content)[-1] == DONE
    assert httpx.get(f"{service.url}/health/live", trust_env=False).status_code == 200
    assert disk.was_by_a_thread
    disk.goes_on.set()
    told += map(id_of, answers)
    rows = all_closed(4)
    assert {row.pk for row in rows} == set(told)
    assert {row.ending for row in rows} == {"completed"}
    assert all(row.text.prompt and row.text.answer for row in rows)
    assert tallies_agree()


def test_who_leaves_while_the_disk_stalls_leaves_nothing_behind(
    service: Service, disk: Disk
) -> None:
    """All that was written down is stored and let go."""
    disk.seconds = 0.4
    service.post()
    disk.seconds = 0.0
    disk.goes_on.clear()
    written = len(disk.threads)
    with RawCaller(service.url) as caller:
        caller.ask()
        eventually(lambda: len(disk.threads) > written)
        assert disk.was_by_a_thread
    eventually(lambda: not open_exchanges)
    disk.goes_on.set()
    left = all_closed(2)[-1]
    assert (left.ending, left.text.prompt.body) == ("client_disconnected", HELLO[0])
    journal = current()
    assert journal
    eventually(lambda: not journal.spool._own._waiting)
    assert tallies_agree()


@pytest.fixture
def full(service: Service) -> None:
    """Nothing more may be written to files."""
    journal = current()
    assert journal
    journal.spool._own._max_bytes = 0


@pytest.mark.usefixtures("full")
def test_where_no_file_can_be_written_a_request_waits_for_its_commit(
    service: Service, zai: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_before: list[int] = []
    write = Store.write

    def look(self: Store, records: Any) -> None:
        asked_before.append(len(zai.state()["requests"]))
        write(self, records)

    monkeypatch.setattr(Store, "write", look)
    row = closed(id_of(service.post()))
    assert asked_before[0] == 0, "Z.AI was asked after the commit"
    assert (row.ending, row.text.prompt.body) == ("completed", HELLO[0])
    assert row.text.answer
    assert tallies_agree()


@pytest.mark.usefixtures("full")
def test_where_neither_takes_it_chat_goes_on_and_nothing_is_lost(
    service: Service, hanging: threading.Event
) -> None:
    answer = service.post()
    assert frames(answer.content)[-1] == DONE
    hanging.set()
    row = closed(id_of(answer))
    assert (row.ending, row.text.prompt.body) == ("completed", HELLO[0])
    assert tallies_agree()


def test_a_fault_of_ours_in_writing_down_fails_no_caller(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Spool, "append", fail)
    answer = service.post()
    assert frames(answer.content)[-1] == DONE
    assert closed(id_of(answer)).ending == "completed"
    assert "A fault of ours in writing a record down" in caplog.text


def test_without_a_log_there_is_no_file(zai: Any, settings: Any) -> None:
    settings.CHAT_REQUEST_LOG = False
    with service_for() as service:
        assert service.post().status_code == 200
        assert service.post(temperature=7).status_code == 400
        assert not list(Path(settings.CHAT_SPOOL_DIR).glob("*.jsonl"))
    assert not RequestLog.objects.exists()


def test_much_that_waits_is_not_kept_in_memory(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    begun, over, write = threading.Event(), threading.Event(), Store.write

    def hang(self: Store, records: Any) -> None:
        begun.set()
        assert over.wait(60)
        write(self, records)

    monkeypatch.setattr(intake, "MOST_BYTES_WAITING", 20_000)
    monkeypatch.setattr(Store, "write", hang)
    journal = Journal()
    put(journal, closing(said(HELLO, "Hi")))
    assert begun.wait(20)
    for _ in range(200):
        put(journal, closing(said(HELLO, "Hi")))
    assert journal.writer._intake._items.qsize() < 100
    over.set()
    assert len(all_closed(201)) == 201
    journal.close()
    assert tallies_agree()
