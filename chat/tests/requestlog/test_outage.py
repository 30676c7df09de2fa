"""The database away: chat goes on, and the rows come when it is back."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from chat.models import RequestLog, RequestText
from chat.tests.e2e.process import Process
from chat.tests.frames import DONE, frames
from chat.tests.requestlog.closed_rows import all_closed, closed
from chat.tests.requestlog.outage import forwarding, locked
from chat.tests.requestlog.processes import database_url, quick_process
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import SECONDS, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# CHAT_TEST_OUTAGE=60 for the long version.
OUTAGE = float(os.environ.get("CHAT_TEST_OUTAGE", "3"))
CALLERS = 8
# Nobody waits for the database; the machine may be busy.
EXTRA = 2.0

Away = Callable[[], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def service_and_outage(
    zai: Any, folder: Path, way: str, **variables: str
) -> Iterator[tuple[Process, Away]]:
    if way == "locked":
        with quick_process(folder / "a", zai, **variables) as process:
            yield process, locked
        return
    with forwarding() as forwarder:
        url = database_url(port=forwarder.port)

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            getattr(forwarder, way)()
            yield
            forwarder.restore()

        with quick_process(folder / "a", zai, DATABASE_URL=url, **variables) as process:
            yield process, away


def ways() -> list[str]:
    return ["locked"] if connection.vendor == "sqlite" else ["cut", "hang"]


def call(process: Process, text: str = "Hello") -> tuple[str, float]:
    """The id of an answered request, and how long it took."""
    began = time.monotonic()
    response = httpx.post(
        f"{process.url}/api/chat",
        json={"messages": [{"role": "user", "content": text}]},
        timeout=SECONDS,
        trust_env=False,
    )
    assert frames(response.content)[-1] == DONE
    return response.headers["x-request-id"], time.monotonic() - began


def health(process: Process) -> dict[str, Any]:
    url = f"{process.url}/health/ready"
    answer: dict[str, Any] = httpx.get(url, timeout=SECONDS, trust_env=False).json()
    return answer


@pytest.mark.parametrize("way", ways())
def test_nothing_is_lost_while_it_is_away(
    zai: Any, tmp_path: Path, way: str, record_property: Any
) -> None:
    told: list[tuple[str, float]] = []
    with service_and_outage(zai, tmp_path, way) as (process, away):
        usual = statistics.median(call(process)[1] for _ in range(10))
        over = time.monotonic() + OUTAGE

        def keep_calling(_: int) -> None:
            while time.monotonic() < over or len(told) < CALLERS * 3:
                told.append(call(process))

        with away(), ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(keep_calling, range(CALLERS)))
            said = health(process)["log"]
            assert any("could not be written" in sentence for sentence in said), said
            assert any("wait in the spool" in sentence for sentence in said), said
        slowest = max(seconds for _, seconds in told)
        record_property("usual_ms", round(usual * 1000))
        record_property("slowest_ms", round(slowest * 1000))
        print(f"{way}: {len(told)} requests, {usual:.3f} s, at most {slowest:.3f} s")
        assert slowest < usual + EXTRA
        rows = all_closed(10 + len(told))
        eventually(lambda: health(process)["log"] == [])
        assert process.output.count("The database is back") >= 1
    assert {row.ending for row in rows} == {"completed"}
    assert {identity for identity, _ in told} <= {row.pk for row in rows}
    assert len(rows) == 10 + len(told)
    assert RequestText.objects.count() == len(rows)
    assert tallies_agree()


@pytest.mark.parametrize("way", ways())
def test_who_is_killed_meanwhile_leaves_all_of_it(
    zai: Any, tmp_path: Path, way: str
) -> None:
    with service_and_outage(zai, tmp_path, way) as (process, away):
        call(process)
        with away():
            told = [call(process)[0] for _ in range(5)]
            eventually(lambda: any("wait in" in s for s in health(process)["log"]))
            process.popen.kill()
            process.popen.wait()
    with quick_process(tmp_path / "b", zai):
        rows = all_closed(6)
        assert set(told) <= {row.pk for row in rows}
        assert tallies_agree()


@pytest.mark.parametrize("way", ways())
def test_who_is_stopped_meanwhile_leaves_the_truth(
    zai: Any, tmp_path: Path, way: str
) -> None:
    """The ends are in the spool: nobody may call these requests interrupted."""
    with service_and_outage(zai, tmp_path, way) as (process, away):
        with away():
            told = [call(process)[0] for _ in range(3)]
            process.end()
        assert not RequestLog.objects.filter(ending="interrupted").exists()
    with quick_process(tmp_path / "b", zai):
        rows = all_closed(3)
    assert {row.pk: row.ending for row in rows} == dict.fromkeys(told, "completed")


@pytest.mark.parametrize("way", ways())
def test_after_an_outage_nobody_is_taken_for_dead(
    zai: Any, tmp_path: Path, way: str
) -> None:
    """Its lease is too old as soon as the database is back, and it lives."""
    if way == "hang":
        pytest.skip("as `cut`")
    with service_and_outage(zai, tmp_path, way) as (process, away):
        with httpx.stream(
            "POST",
            f"{process.url}/api/chat",
            json={"messages": [{"role": "user", "content": "sim:stall=60@3"}]},
            timeout=SECONDS,
            trust_env=False,
        ) as response:
            chunks = response.iter_bytes()  # dropped, it would close the connection
            next(chunks)
            with away():
                time.sleep(3)  # the lease, which is of 2 s here, runs out
            with quick_process(tmp_path / "b", zai) as other:
                eventually(lambda: health(process)["log"] == [])
                closed(call(other)[0])
                assert RequestLog.objects.get(ending=None).pk
        all_closed(2)
    assert not RequestLog.objects.filter(ending="interrupted").exists()


@pytest.mark.usefixtures("postgresql")
def test_connections_that_are_ended_and_refused(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai) as process:
        call(process)
        with refusing():
            for _ in range(5):
                call(process)
            assert health(process)["log"]
        assert {row.ending for row in all_closed(6)} == {"completed"}
        assert tallies_agree()


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """PostgreSQL, ending every connection to the database and accepting none."""
    import psycopg

    name = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()  # or it would be slow to try again
    with psycopg.connect(database_url("postgres"), autocommit=True) as other:
        allow = f"ALTER DATABASE {name} ALLOW_CONNECTIONS"
        other.execute(f"{allow} false")
        try:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s",
                [name],
            )
            yield
        finally:
            other.execute(f"{allow} true")


def test_no_database_and_no_spool_and_chat_goes_on(
    zai: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "postgresql":
        nowhere = "postgres://nobody@127.0.0.1:9/nothing"
    else:
        nowhere = f"sqlite:///{tmp_path}/no/such/folder/db.sqlite3"
    (tmp_path / "file").write_text("")
    variables = {
        "DATABASE_URL": nowhere,
        "CHAT_SPOOL_DIR": str(tmp_path / "file" / "spool"),
    }
    with quick_process(tmp_path / "a", zai, **variables) as process:
        call(process)
        eventually(lambda: any("wait in memory" in s for s in health(process)["log"]))
        process.end()
        assert "1 records of the log are lost" in process.output
    assert "chat.exchange: glm-4.6 completed (stop)" in process.output
