"""The log through a pooler that lends a connection for one transaction at a time."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from chat.tests.e2e.process import Process
from chat.tests.frames import DONE, frames
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.pgbouncer import SERVER_CONNECTIONS, pgbouncer
from chat.tests.requestlog.processes import database_url, quick_process
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import SECONDS, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("postgresql"),
    pytest.mark.timeout(300),
]

REQUESTS = 20


@pytest.fixture
def pooled() -> Iterator[str]:
    """Where the test's database is by way of the pooler."""
    with pgbouncer() as port:
        yield database_url(port=port)


@pytest.fixture
def process(zai: Any, tmp_path: Path, pooled: str) -> Iterator[Process]:
    with quick_process(tmp_path / "a", zai, DATABASE_URL=pooled) as running:
        yield running


def ask(process: Process) -> None:
    response = httpx.post(
        f"{process.url}/api/chat",
        json={"messages": [{"role": "user", "content": "Hello"}]},
        timeout=SECONDS,
        trust_env=False,
    )
    assert frames(response.content)[-1] == DONE


def ask_many(process: Process) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: ask(process), range(REQUESTS)))


def test_rows_are_written_through_a_pooler(process: Process) -> None:
    ask_many(process)

    assert {row.ending for row in all_closed(REQUESTS)} == {"completed"}
    assert tallies_agree()
    assert "cannot be used" not in process.output


def test_others_do_not_inherit_the_limits_of_the_log(
    process: Process, pooled: str
) -> None:
    ask_many(process)
    all_closed(REQUESTS)

    with contextlib.ExitStack() as stack:
        lent = [
            stack.enter_context(psycopg.connect(pooled, prepare_threshold=None))
            for _ in range(SERVER_CONNECTIONS)
        ]
        limits = {
            one.execute(f"SHOW {name}").fetchone()
            for one in lent
            for name in ("lock_timeout", "statement_timeout")
        }
    assert limits == {("0",)}


def test_the_log_does_not_wait_long_for_a_lock_behind_a_pooler(
    process: Process,
) -> None:
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE chat_requestlog IN EXCLUSIVE MODE")
        ask(process)
        eventually(lambda: "lock timeout" in process.output)
        other.rollback()

    assert all_closed(1)
