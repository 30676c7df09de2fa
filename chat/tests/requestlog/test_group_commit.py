"""What arrives together is committed together, and the event loop does not notice."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from chat.models import RequestLog
from chat.requestlog import intake
from chat.requestlog.ahead import Ahead
from chat.requestlog.item import Item, in_loop
from chat.requestlog.journal import Journal
from chat.requestlog.store import Store
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.making import HELLO, append, closing, put, record, said
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.serving import Service

pytestmark = pytest.mark.django_db(transaction=True)

TOGETHER = 200
LONGEST_GAP = 0.1  # of the event loop, on a machine that does other things too


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal()
    yield journal
    journal.close()


async def gap(stop: asyncio.Event) -> float:
    """The longest time that the event loop was held up."""
    longest, last = 0.0, time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


async def together(journal: Journal, waited: list[int]) -> float:
    """Ask for rows all at once; the longest time that this held the event loop up.

    `waited` gets the commits that each row waited for.
    """

    async def ask() -> None:
        before = journal.writer._store.commits
        stored = asyncio.get_running_loop().create_future()
        [item] = append(journal.spool, said(HELLO))
        item.stored = in_loop(stored)
        journal.writer.put(item)
        await stored
        waited.append(journal.writer._store.commits - before)

    over = asyncio.Event()
    watching = asyncio.create_task(gap(over))
    await asyncio.gather(*(ask() for _ in range(TOGETHER)))
    over.set()
    return await watching


async def test_two_hundred_rows_take_three_commits_at_most(journal: Journal) -> None:
    commits = journal.writer._store.commits
    waited: list[int] = []
    await together(journal, waited)
    assert journal.writer._store.commits - commits <= 3
    assert max(waited) <= 2
    assert await asyncio.to_thread(_count) == TOGETHER
    if connection.vendor == "postgresql":
        assert await asyncio.to_thread(_transactions) <= 3


async def test_the_event_loop_does_not_notice(journal: Journal) -> None:
    # What else the machine does can hold it up too, but hardly each time.
    assert min([await together(journal, []) for _ in range(8)]) < LONGEST_GAP


def _count() -> int:
    try:
        return RequestLog.objects.count()
    finally:
        connection.close()


def _transactions() -> int:
    """By how many transactions the rows were written; PostgreSQL keeps that."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT xmin::text) FROM chat_requestlog")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def test_what_comes_while_one_commit_runs_goes_into_the_next(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    begun, go_on = threading.Event(), threading.Event()
    write = Store.write

    def slowly(self: Store, records: Any) -> None:
        batches.append(len(records))
        begun.set()
        assert go_on.wait(20)
        write(self, records)

    monkeypatch.setattr(Store, "write", slowly)
    put(journal, record())
    assert begun.wait(20)
    opened = [record() for _ in range(99)]
    for one in opened:
        put(journal, one)
        put(journal, closing(one))
    go_on.set()
    journal.close()
    assert batches == [1, 198]
    assert RequestLog.objects.filter(ending="completed").count() == 99


def test_a_request_that_ends_soon_is_written_once(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "SECONDS_TO_END", 20)
    batches: list[int] = []
    write = Store.write

    def noting(self: Store, records: Any) -> None:
        batches.append(len(records))
        write(self, records)

    monkeypatch.setattr(Store, "write", noting)
    journal.writer._beat._next = time.monotonic() + 60
    opened = record()
    put(journal, opened)
    time.sleep(2 * intake.SECONDS_TO_GATHER)
    put(journal, closing(opened))
    journal.close()
    assert batches == [2]
    assert RequestLog.objects.get().ending == "completed"


def test_a_conversation_with_a_large_image_does_not_hold_the_loop_up(
    journal: Journal,
) -> None:
    ahead = Ahead(journal.spool)
    image = "data:image/png;base64," + "iVBORw0KGgo" * 900_000  # 10 MB
    part = {"type": "image_url", "image_url": {"url": image}}
    messages = [{"role": "user", "content": [part]}]

    async def ask() -> float:
        over = asyncio.Event()
        watching = asyncio.create_task(gap(over))
        stored = asyncio.get_running_loop().create_future()
        item = Item(said(messages), in_loop(stored))
        await ahead.write(item, is_large=True)
        journal.writer.put(item)
        await stored
        over.set()
        return await watching

    assert asyncio.run(ask()) < 0.5
    ahead.close()


def test_a_crowd_over_http(service: Service) -> None:
    with ThreadPoolExecutor(50) as callers:
        list(callers.map(lambda n: service.post(stream=n % 2 == 0), range(100)))
    rows = all_closed(100)
    assert {row.ending for row in rows} == {"completed"}
    assert tallies_agree()
