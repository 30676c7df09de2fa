"""What becomes of an answer whose caller leaves is the caller's to say."""

from typing import Any

import httpx
import pytest

from chat.ending import Ending
from chat.exchange.audience import count_alone
from chat.models import RequestLog, RequestText
from chat.requestlog import journal
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "sim:stall=1@3"
NEVER = "sim:stall=60@3"


def leave_in_mid_stream(watched: Watched, text: str, **body: Any) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask(text, **body)
        caller.read_until(b"data: ")


@pytest.mark.parametrize("on_leave", ["finish", 30])
def test_an_answer_is_finished_for_nobody(watched: Watched, on_leave: Any) -> None:
    leave_in_mid_stream(watched, SLOW, on_leave=on_leave)
    ended = watched.service.ended()
    assert (ended.ending, ended.answer) == ("finished_alone", "whole")
    assert ended.whose is None
    assert watched.nothing_is_left()
    assert count_alone() == 0
    journal.stop()
    row = RequestLog.objects.get()
    assert (row.ending, row.answer) == ("finished_alone", "whole")
    assert RequestText.objects.get().answer


def test_before_the_first_event(watched: Watched) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:slow-headers=1", on_leave="finish")
        watched.zai.wait(lambda state: state["open"] == 1)
    assert watched.service.ended().ending == "finished_alone"
    assert watched.nothing_is_left()


def test_one_that_is_not_streamed(watched: Watched) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:slow-headers=1", stream=False, on_leave="finish")
        watched.zai.wait(lambda state: state["open"] == 1)
    ended = watched.service.ended()
    assert (ended.ending, ended.answer) == ("finished_alone", "whole")
    assert watched.nothing_is_left()


def test_for_openais_clients(watched: Watched) -> None:
    asked = {"messages": [{"role": "user", "content": SLOW}], "on_leave": "finish"}
    url = f"{watched.service.url}/v1/chat/completions"
    with (
        httpx.Client(trust_env=False, timeout=60) as client,
        client.stream("POST", url, json={**asked, "stream": True}) as answer,
    ):
        next(answer.iter_raw())
    assert watched.service.ended().ending == "finished_alone"


def test_nobody_comes_back_in_time(watched: Watched) -> None:
    leave_in_mid_stream(watched, NEVER, on_leave=0.2)
    assert watched.z_ai_was_left()
    assert watched.service.ended().ending == "client_disconnected"
    assert watched.nothing_is_left()


def test_what_nobody_asked_for_stops(watched: Watched) -> None:
    leave_in_mid_stream(watched, NEVER)
    assert watched.z_ai_was_left()
    assert watched.service.ended().ending == "client_disconnected"


def test_the_service_may_say_so_for_all(watched: Watched, settings: Any) -> None:
    settings.CHAT_ON_LEAVE = "finish"
    leave_in_mid_stream(watched, SLOW)
    assert watched.service.ended().ending == "finished_alone"
    leave_in_mid_stream(watched, NEVER, on_leave="stop")
    assert watched.service.ended().ending == "client_disconnected"


@pytest.mark.parametrize(
    ("name", "value"), [("CHAT_LEFT_SECONDS", 0.2), ("CHAT_LEFT_ANSWERS", 0)]
)
def test_it_is_bounded(watched: Watched, settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)
    leave_in_mid_stream(watched, NEVER, on_leave="finish")
    assert watched.z_ai_was_left()
    assert watched.service.ended().ending == "client_disconnected"
    assert watched.nothing_is_left()


def test_who_stays_has_a_completed_answer(watched: Watched) -> None:
    assert watched.service.post("Hello", on_leave="finish").status_code == 200
    assert watched.service.ended().ending == "completed"
    assert watched.service.post("Hi", on_leave="finish", stream=False).json()["choices"]
    assert watched.service.ended().ending == "completed"


def test_who_takes_nothing_has_left(watched: Watched, settings: Any) -> None:
    settings.CHAT_WRITE_TIMEOUT_SECONDS = 0.3
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask("sim:flood sim:events=60000", on_leave="finish")
        ended = watched.service.ended()
        assert (ended.ending, ended.answer) == ("finished_alone", "whole")
        assert watched.nothing_is_left()


def test_a_failure_is_a_failure_though_nobody_hears_it(watched: Watched) -> None:
    leave_in_mid_stream(watched, "sim:stall=1@2 sim:cut=4", on_leave="finish")
    assert watched.service.ended().ending == Ending.UPSTREAM_FAILED


def test_what_it_may_be_is_told(watched: Watched) -> None:
    for wrong in ("later", -1, 1e9, True):
        refused = watched.service.post("Hello", on_leave=wrong)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "on_leave"
    eventually(lambda: watched.zai.state()["total"] == 0)
