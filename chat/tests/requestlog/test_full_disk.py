"""Neither the database nor the spool can be written: memory has to do."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chat.models import RequestText
from chat.requestlog.journal import Journal
from chat.requestlog.losses import Lost
from chat.tests.disk import Disk, disk
from chat.tests.e2e.process import Process, empty_database
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.making import HELLO, closing, put, said
from chat.tests.requestlog.processes import quick_process
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.requestlog.test_outage import call, health, service_and_outage, ways
from chat.tests.waiting import eventually

__all__ = ["disk"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

EXCHANGES = 360
CALLERS = 8


def spool_of(disk: Disk) -> dict[str, str]:
    return {"CHAT_SPOOL_DIR": str(disk.folder / "spool")}


def call_often(process: Process, count: int = EXCHANGES) -> list[str]:
    with ThreadPoolExecutor(CALLERS) as callers:
        return list(callers.map(lambda _: call(process)[0], range(count)))


def says(process: Process, words: str) -> Callable[[], bool]:
    return lambda: any(words in sentence for sentence in health(process)["log"])


@pytest.mark.parametrize("way", [way for way in ways() if way != "hang"])
def test_no_closing_is_dropped_and_all_are_written_when_there_is_room(
    zai: Any, tmp_path: Path, disk: Disk, way: str
) -> None:
    with service_and_outage(zai, tmp_path, way, **spool_of(disk)) as (process, away):
        call(process)
        with away():
            disk.fill()
            told = call_often(process)
            eventually(says(process, "wait in memory"))
            assert not says(process, "lost from")()
        rows = all_closed(EXCHANGES + 1)
        eventually(lambda: health(process)["log"] == [])
        assert "are lost" not in process.output
    assert set(told) < {row.pk for row in rows}
    assert {row.ending for row in rows} == {"completed"}
    assert RequestText.objects.count() == len(rows)
    assert tallies_agree()


@pytest.mark.usefixtures("sqlite")
def test_a_database_on_the_full_disk(zai: Any, tmp_path: Path, disk: Disk) -> None:
    path = disk.folder / "db.sqlite3"
    path.write_bytes(empty_database())
    variables = {"DATABASE_URL": f"sqlite:///{path}", **spool_of(disk)}
    with quick_process(tmp_path / "a", zai, **variables) as process:
        call(process)
        disk.fill()
        told = call_often(process, 100)
        eventually(says(process, "wait in memory"))
        disk.empty()
        eventually(lambda: health(process)["log"] == [], 60)
        assert "are lost" not in process.output
        process.end()
    with contextlib.closing(sqlite3.connect(path)) as found:
        rows = dict(found.execute("SELECT id, ending FROM chat_requestlog"))
    assert {rows[identity] for identity in told} == {"completed"}


@pytest.mark.parametrize("way", [way for way in ways() if way != "hang"])
def test_what_a_stop_loses_is_known_at_the_next_start(
    zai: Any, tmp_path: Path, disk: Disk, way: str
) -> None:
    with service_and_outage(zai, tmp_path, way, **spool_of(disk)) as (process, away):
        call(process)
        all_closed(1)
        with away():
            disk.fill()
            call_often(process, 10)
            eventually(says(process, "wait in memory"))
            process.end()
        lost = json.loads((disk.folder / "spool" / "lost.json").read_bytes())
        assert lost["requests"] == 10
    with quick_process(tmp_path / "b", zai, **spool_of(disk)) as process:
        eventually(says(process, "10 requests of the log were lost"))


def test_a_healthy_database_loses_nothing_whatever_the_spool_does(
    settings: Any,
) -> None:
    settings.CHAT_SPOOL_MAX_BYTES = 0
    journal = Journal()
    opened = [said(HELLO) for _ in range(15)]
    put(journal, *opened)
    put(journal, *map(closing, opened))
    rows = all_closed(15)
    assert journal.spool.losses.total() == Lost()
    journal.close()
    assert {row.ending for row in rows} == {"completed"}
