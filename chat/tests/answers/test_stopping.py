"""Who asked can stop an answer from anywhere, and nobody else can."""

from typing import Any

import pytest

from chat.tests.answers.returning import Browser, chunks, is_nothing, use_chat, words
from chat.tests.e2e.watched import Watched
from chat.tests.frames import frames

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = "sim:stall=60@20"


@pytest.mark.parametrize("by", ["chat", "request"])
def test_after_a_reload(watched: Watched, by: str) -> None:
    with Browser(watched.service.url) as browser:
        identity, _ = browser.ask_and_leave(use_chat(NEVER, on_leave="finish"))
        assert browser.stop("chat1" if by == "chat" else identity)
        assert watched.z_ai_was_left()
        ended = watched.service.ended()
        assert (ended.ending, ended.answer) == ("stopped", "broken_off")
        assert ended.whose is None
        assert not browser.stop("chat1")
        again = browser.resume("chat1").content
        assert chunks(again)[-1] == {"type": "abort"}
        assert words(again)
    assert watched.nothing_is_left()


def test_one_that_is_not_kept(watched: Watched, settings: Any) -> None:
    settings.CHAT_KEEP_ANSWER_SECONDS = 0
    body = {"messages": [{"role": "user", "content": NEVER}], "on_leave": "finish"}
    with Browser(watched.service.url) as browser:
        identity, _ = browser.ask_and_leave(body)
        assert browser.stop(identity)
        assert watched.service.ended().ending == "stopped"


def test_who_listens_is_told(watched: Watched) -> None:
    body = {"messages": [{"role": "user", "content": NEVER}]}
    with Browser(watched.service.url) as browser:
        with browser._client.stream("POST", "/api/chat", json=body) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            assert browser.stop(answer.headers["x-request-id"])
            last = frames(b"".join(pieces))[-1]
        assert last["error"]["message"] == "The answer was stopped."


def test_an_older_id_does_not_stop_a_newer_answer(watched: Watched) -> None:
    with Browser(watched.service.url) as browser:
        older = browser.ask(use_chat("Hello")).headers["x-request-id"]
        newer, _ = browser.ask_and_leave(use_chat(NEVER, on_leave="finish"))
        assert not browser.stop(older)
        assert watched.service.ended().ending == "completed"
        assert not is_nothing(browser.go_on(older))
        assert browser.stop(newer)


def test_where_nothing_runs(watched: Watched) -> None:
    with Browser(watched.service.url) as browser:
        assert not browser.stop("chat1")
        assert not browser.stop("req_0")
