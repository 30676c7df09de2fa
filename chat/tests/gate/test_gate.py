"""The gate as callers meet it: over HTTP, before a Z.AI that takes only so many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import pytest

from chat.gate.concurrency import Concurrency
from chat.simulator import Options, running
from chat.tests.frames import DONE, frames
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import eventually

LIMIT = 3


@pytest.fixture
def narrow(settings: Any) -> Iterator[Any]:
    """A Z.AI that takes three at a time."""
    with running(Options(speed=0, concurrency=LIMIT)) as simulator:
        point_at(settings, simulator.base_url)
        settings.ZAI_CONCURRENCY = Concurrency()
        settings.CHAT_QUEUE_SECONDS = 20.0
        yield simulator


@pytest.fixture
def crowded(narrow: Any) -> Iterator[Service]:
    with service_for() as service:
        yield service


def ask(
    service: Service, number: int, text: str = "sim:trickle=0.01 sim:events=9"
) -> int:
    status = service.post(text, user_id=f"user-{number:04d}").status_code
    assert isinstance(status, int)
    return status


def test_a_crowd_is_answered_and_nobody_is_refused(
    crowded: Service, narrow: Any
) -> None:
    with ThreadPoolExecutor(40) as callers:
        statuses = list(callers.map(lambda n: ask(crowded, n), range(60)))
    assert statuses == [200] * 60
    endings = [crowded.ended() for _ in range(60)]
    assert {ended.ending for ended in endings} == {"completed"}
    assert narrow.state()["total"] <= 60 + 6  # what it takes to find the limit


def test_long_answers_do_not_keep_it_from_finding_out(settings: Any) -> None:
    """Each begins alone, and none ends: all the same the next ones are asked."""
    settings.ZAI_CONCURRENCY = Concurrency()
    settings.CHAT_QUEUE_SECONDS = 20.0
    with running(Options(speed=0)) as simulator, ExitStack() as stack:
        point_at(settings, simulator.base_url)
        service = stack.enter_context(service_for())
        for _ in range(12):
            answer = stack.enter_context(service.stream("sim:stall=60@1"))
            stack.enter_context(closing(answer.iter_bytes())).__next__()
        assert simulator.state()["open"] == 12


def test_who_waits_is_told_its_place(narrow: Any, settings: Any) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    with service_for() as service, ThreadPoolExecutor(2) as callers:
        held = callers.submit(service.post, "sim:slow=3 sim:events=3")
        eventually(lambda: narrow.state()["open"] == 1)
        text = service.post("sim:events=2").text
        other = service.post("sim:events=2", model="glm-4.5", stream=False)
    places = [line for line in text.splitlines() if line.startswith(": queued")]
    assert places == [": queued 1"]  # and nobody knows how long
    assert frames(text.encode())[-1] == DONE == frames(held.result().content)[-1]
    assert other.status_code == 200


def test_the_line_is_bounded(narrow: Any, settings: Any) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_LENGTH = 1
    settings.CHAT_QUEUE_SECONDS = 0.5
    with service_for() as service, service.stream("sim:stall=60@1") as held:
        events = held.iter_bytes()  # leaving it would leave the service
        next(events)
        with ThreadPoolExecutor(2) as callers:
            answers = callers.map(lambda _: service.post(), range(2))
            told = {answer.json()["error"]["code"]: answer for answer in answers}
    assert narrow.state()["total"] == 1
    late, full = told["queue_timeout"], told["at_capacity"]
    assert (late.status_code, full.status_code) == (429, 503)
    assert int(full.headers["retry-after"]) >= 1 <= int(late.headers["retry-after"])


def test_a_stream_that_was_opened_is_told_in_its_last_frame(
    narrow: Any, settings: Any
) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_SECONDS = 1.5
    with service_for() as service, service.stream("sim:stall=60@1") as held:
        events = held.iter_bytes()  # leaving it would leave the service
        next(events)
        answer = service.post()
        assert answer.status_code == 200
        error = frames(answer.content)[-1]["error"]
        assert (error["code"], error["status"]) == ("queue_timeout", 429)
        ended = service.ended()
    assert (ended.ending, ended.status, ended.error_status) == ("refused", 200, 429)


def test_who_leaves_the_line_is_out_of_it(narrow: Any, settings: Any) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_LENGTH = 1
    with service_for() as service, service.stream("sim:stall=60@1") as held:
        events = held.iter_bytes()  # leaving it would leave the service
        next(events)
        for _ in range(3):  # each would find the line full if one before had stayed
            with service.stream() as waiting:
                assert waiting.status_code == 200
            assert service.ended().ending == "client_disconnected"
    assert narrow.state()["total"] == 1


@pytest.mark.parametrize("code", ["1308", "1316"])
def test_it_is_shut_until_the_time_that_zai_named(
    service: Service, zai: Any, code: str
) -> None:
    assert service.post(f"sim:error={code}").status_code == 429
    again = service.post("Hello", stream=False)
    assert zai.state()["total"] == 1
    error = again.json()["error"]
    assert (again.status_code, error["code"]) == (429, code)
    assert 3000 < int(again.headers["retry-after"]) <= 3600
    ended = [service.ended() for _ in range(2)][1]
    assert (ended.ending, ended.whose, ended.tries) == ("refused", "account", None)
    assert service.post("Hello", model="glm-4.5").status_code == 200


def test_after_a_fault_of_the_account_one_finds_out(service: Service, zai: Any) -> None:
    assert service.post("sim:error=1113").status_code == 502
    refused = service.post()
    assert (refused.status_code, refused.json()["error"]["code"]) == (502, "1113")
    assert zai.state()["total"] == 1
    eventually(lambda: service.post().status_code == 200)
    assert service.post().status_code == 200


def test_a_zai_that_ails_is_asked_by_one_at_a_time(
    service: Service, zai: Any, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    answers = [service.post("sim:error=1234") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {502}
    assert 10 <= zai.state()["total"] <= 12
    eventually(lambda: service.post().status_code == 200)


def test_there_is_no_storm_of_tries(service: Service, zai: Any, settings: Any) -> None:
    settings.ZAI_RETRY_BUDGET_SECONDS = 5
    with ThreadPoolExecutor(20) as callers:
        list(callers.map(lambda n: ask(service, n, "sim:error=1305"), range(20)))
    assert zai.state()["total"] <= 20 + 10
