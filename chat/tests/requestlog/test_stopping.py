"""Stopping a request from the database, and seeing how far it is."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chat.models import RequestLog
from chat.requestlog.progress import write_progress
from chat.tests import rows
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.frames import frames
from chat.tests.requestlog.closed_rows import all_closed, only_row
from chat.tests.requestlog.processes import quick_process
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.serving import Service
from chat.tests.waiting import eventually

LONG = "sim:trickle=0.02 sim:events=90000"


def stop(**which: Any) -> None:
    rows = RequestLog.objects.filter(ending=None, **which)
    eventually(lambda: rows.update(stop_requested=True))  # as soon as there is one


@pytest.fixture
def quick_service(
    transactional_db: None, quick: None, request: pytest.FixtureRequest
) -> Service:
    service: Service = request.getfixturevalue("service")
    return service


def test_a_stream_is_stopped_and_told(quick_service: Service) -> None:
    with quick_service.stream(LONG) as response:
        chunks = response.iter_raw()
        next(chunks)
        stop()
        last = frames(b"".join(chunks))[-1]
    assert (last["error"]["code"], last["error"]["status"]) == ("stopped", 503)
    row = only_row()
    assert (row.ending, row.status, row.error_code) == ("stopped", 200, "stopped")
    assert row.stop_requested
    assert row.text.answer or row.text.reasoning
    assert tallies_agree()


def test_a_whole_answer_is_stopped_and_told(quick_service: Service, zai: Any) -> None:
    with RawCaller(quick_service.url) as caller:
        caller.ask("sim:silent", stream=False)
        zai.wait(lambda state: state["open"])
        stop()
        caller.read_until(b'"code":"stopped"')
        assert b"503 Service Unavailable" in caller.received
    row = only_row()
    assert (row.ending, row.status) == ("stopped", 503)


def test_events_are_counted_meanwhile(quick_service: Service) -> None:
    def events() -> int:
        row = RequestLog.objects.first()  # none until it is stored
        return (row and row.events) or 0

    with quick_service.stream(LONG) as response:
        chunks = response.iter_raw()
        eventually(lambda: next(chunks) and events())
        first = events()
        eventually(lambda: next(chunks) and events() > first)
        assert RequestLog.objects.get().ending is None
    assert only_row().events >= first


@pytest.mark.django_db(transaction=True)
def test_one_of_another_process(zai: Any, tmp_path: Path) -> None:
    with (
        quick_process(tmp_path / "a", zai) as one,
        quick_process(tmp_path / "b", zai) as other,
        RawCaller(one.url) as first,
        RawCaller(other.url) as second,
    ):
        for caller in (first, second):
            caller.ask(LONG)
            caller.read_until(b"data: ")
        stop(process__startswith=f"{other.popen.pid:x}-")
        second.read_until(b'"code":"stopped"')
        eventually(lambda: RequestLog.objects.filter(ending="stopped").exists())
        left = RequestLog.objects.get(ending=None)
        assert left.process.startswith(f"{one.popen.pid:x}-")
        first.close()
        second.close()
        endings = {row.ending for row in all_closed(2)}
        assert endings == {"stopped", "client_disconnected"}


@pytest.mark.django_db(transaction=True)
def test_tallies_of_several_processes(zai: Any, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with quick_process(tmp_path / "a", zai, workers=2) as process:
        service = Service(process.url)
        kinds = ["Hello", "sim:error=1210", "sim:cut=3", "sim:length"]
        with ThreadPoolExecutor(16) as callers:
            list(callers.map(lambda n: service.post(kinds[n % 4]), range(80)))
        rows = all_closed(80)
        assert len({row.process for row in rows}) == 2
        assert tallies_agree()


@pytest.mark.django_db
def test_the_progress_of_two_thousand_is_one_statement(
    django_assert_num_queries: Any,
) -> None:
    made = [rows.open_row() for _ in range(20)]
    ended = rows.row(events=7)
    told = [(row.pk, number, None) for number, row in enumerate(made)]
    told[0] = (made[0].pk, None, 3)  # stands in line
    unknown = [(f"req_{number}", number, None) for number in range(1980)]
    with django_assert_num_queries(1), connection.cursor() as cursor:
        write_progress(cursor, [*told, (ended.pk, 99, 1), *unknown])
    found = RequestLog.objects.values_list("pk", "events", "place")
    assert sorted(found) == sorted([*told, (ended.pk, 7, None)])
