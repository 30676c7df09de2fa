"""A comment to the caller while Z.AI is silent."""

from typing import Any

import httpx
import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.frames import DONE, frames
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once

PING = b": keep-alive\n\n"


@pytest.fixture(autouse=True)
def impatient(settings: Any) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 0.1
    settings.CHAT_OPEN_AFTER_SECONDS = 0.1


def test_before_z_ai_has_answered(watched: Watched) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:silent")
        caller.read_until(b": open\n\n")
        caller.read_until(PING)
        caller.received = b""
        caller.read_until(PING)


def test_before_the_first_event(watched: Watched) -> None:
    response = watched.service.post("sim:slow=0.5")
    opening, pings, rest = response.content.partition(PING)
    assert opening == b": open\n\n"
    assert pings
    assert frames(rest)[-1] == DONE
    assert watched.service.ended().ending == "completed"


def test_in_mid_stream(watched: Watched) -> None:
    response = watched.service.post("sim:stall=0.5@3")
    before, pings, after = response.content.partition(PING)
    assert pings
    assert len(frames(before)) == 3
    assert frames(after)[-1] == DONE


def test_in_a_retry_s_wait(watched: Watched) -> None:
    response = watched.service.post("sim:error-once=1305")
    assert PING in response.content
    assert frames(response.content)[-1] == DONE
    assert watched.service.ended().tries == 2


def test_while_the_last_event_is_overdue_it_is_no_error(watched: Watched) -> None:
    response = watched.service.post("sim:hold-open=0.5")
    assert frames(response.content)[-1] == DONE


def test_nothing_disturbs_who_answers_in_time(watched: Watched, settings: Any) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = settings.CHAT_OPEN_AFTER_SECONDS = 10
    response = watched.service.post("sim:trickle=0.02 sim:events=5")
    assert PING not in response.content
    assert response.content.startswith(b"data: ")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/chat/completions", {"role": "user", "content": "Hello"}),
        ("/api/chat", {"role": "user", "parts": [{"type": "text", "text": "Hello"}]}),
    ],
)
def test_a_stream_begins_with_its_first_event_in_each_dialect(
    watched: Watched, settings: Any, path: str, message: dict[str, Any]
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = settings.CHAT_OPEN_AFTER_SECONDS = 10
    body = {"messages": [message], "stream": True}
    response = httpx.post(
        watched.service.url + path, json=body, timeout=SECONDS, trust_env=False
    )
    assert response.content.startswith(b"data: ")


def test_comments_of_z_ai_s_do_not_stand_for_events(
    watched: Watched, settings: Any
) -> None:
    settings.ZAI_SILENCE_TIMEOUT = 0.3
    response = watched.service.post("sim:stall=60@3")
    *events, last = frames(response.content)
    assert PING in response.content
    assert last["error"]["status"] == 504
    assert len(events) == 3
