"""When the caller leaves, Z.AI is told, and nothing of the exchange stays."""

from typing import Any

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.waiting import eventually

MANY = "sim:flood sim:events=900000"


def left_behind_nothing(watched: Watched) -> bool:
    assert watched.z_ai_was_left()
    assert watched.service.ended().ending == "client_disconnected"
    assert watched.nothing_is_left()
    return watched.service.endings.empty()


def wait_until_asked(watched: Watched) -> None:
    watched.zai.wait(lambda state: state["open"] == 1)


@pytest.mark.parametrize("leave", [RawCaller.close, RawCaller.reset])
def test_before_the_first_event(watched_either_way: Watched, leave: Any) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:silent")
        wait_until_asked(watched_either_way)
        leave(caller)
    assert left_behind_nothing(watched_either_way)


def test_between_z_ai_s_headers_and_its_first_event(
    watched_either_way: Watched,
) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:slow=60")
        eventually(lambda: statuses(watched_either_way.zai) == [200])
    assert left_behind_nothing(watched_either_way)


@pytest.mark.parametrize("leave", [RawCaller.close, RawCaller.reset])
def test_in_mid_stream(watched_either_way: Watched, leave: Any) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:stall=60@3")
        caller.read_until(b"data: ")
        leave(caller)
    assert left_behind_nothing(watched_either_way)


def test_after_a_heartbeat_opened_the_stream(
    watched_either_way: Watched, settings: Any
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:silent")
        caller.read_until(b": open\n\n")
        wait_until_asked(watched_either_way)
    assert left_behind_nothing(watched_either_way)


def test_unstreamed(watched_either_way: Watched) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:silent", stream=False)
        wait_until_asked(watched_either_way)
    assert left_behind_nothing(watched_either_way)


def test_unstreamed_when_the_answer_has_begun(watched_either_way: Watched) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask("sim:stall=60", stream=False)
        eventually(lambda: statuses(watched_either_way.zai) == [200])
    assert left_behind_nothing(watched_either_way)


def test_in_a_retry_s_wait(watched_either_way: Watched) -> None:
    watched, zai = watched_either_way, watched_either_way.zai
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:error=1305 sim:retry-after=25")
        zai.wait(lambda state: state["total"] == 1 and not state["open"])
    assert watched.service.ended().ending == "client_disconnected"
    assert watched.nothing_is_left()
    assert zai.state()["total"] == 1


@pytest.mark.parametrize("leave", [RawCaller.close, RawCaller.reset])
def test_a_caller_who_does_not_read(watched_either_way: Watched, leave: Any) -> None:
    with RawCaller(watched_either_way.service.url, receive_buffer=4096) as caller:
        caller.ask(MANY)
        wait_until_held_back(watched_either_way.zai)
        leave(caller)
    assert left_behind_nothing(watched_either_way)


def test_in_the_midst_of_a_flood(watched_either_way: Watched) -> None:
    with RawCaller(watched_either_way.service.url) as caller:
        caller.ask(MANY)
        caller.read_until(b"data: ")
    assert left_behind_nothing(watched_either_way)


def statuses(zai: Any) -> list[int | None]:
    """What Z.AI answered, request by request; None before it did."""
    return [entry["status"] for entry in zai.state()["requests"]]


def wait_until_held_back(zai: Any) -> None:
    """Wait until Z.AI could send no event for a while."""
    sent = [-1] * 30

    def stands_still() -> bool:
        entries = zai.state()["requests"]
        sent.append(entries[-1]["events_sent"] if entries else -1)
        return sent[-1] > 0 and sent[-1] == sent[-30]

    eventually(stands_still)
