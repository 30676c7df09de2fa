"""Two processes and Redis: who comes back at the other has the same."""

import shutil
import signal
from typing import Any

import pytest

from chat.models import RequestLog
from chat.tests.access.redis_server import PROGRAM, RedisServer
from chat.tests.answers.returning import (
    Browser,
    also_at,
    chunks,
    is_nothing,
    use_chat,
    without_comments,
    words,
)
from chat.tests.e2e.process import Process
from chat.tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which(PROGRAM), reason="needs redis-server"),
]

NEVER = "sim:stall=60@20"


def test_who_comes_back_elsewhere(
    zai: Any, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    one, other = two
    with Browser(one.url) as browser, Browser(other.url) as stranger:
        _, came = browser.ask_and_leave(use_chat("sim:stall=2@20", on_leave=1.5))
        with also_at(browser, other.url) as there:
            whole = without_comments(there.resume("chat1").content)
            assert whole.startswith(without_comments(came))
            assert whole == without_comments(browser.resume("chat1").content)
            assert whole == without_comments(there.resume("chat1").content)
            # From any chunk on, though this process has none of it yet.
            for start in (0, 7, -3):
                rest = without_comments(there.resume("chat1", startIndex=start).content)
                assert chunks(rest) == chunks(whole)[start:]
            count = len(chunks(whole))
            assert there.resume("chat1", startIndex=count).status_code == 410
            assert is_nothing(stranger.resume("chat1"))
            # It is stopped from there too, by the chat and by the request.
            for chat in ("c2", "c3"):
                identity, _ = browser.ask_and_leave(
                    use_chat(NEVER, chat, on_leave="finish")
                )
                assert not stranger.stop(chat)
                assert there.stop(chat)
                eventually(lambda: not zai.state()["open"])
                assert b'"abort"' in there.resume(identity).content
            # A new question there stops what goes on here, once Redis has heard of it.
            before = chats(redis_server)
            browser.ask_and_leave(use_chat(NEVER, "c4", on_leave="finish"))
            eventually(lambda: chats(redis_server) - before)
            there.ask(use_chat("Hello", "c4"))
            eventually(lambda: not zai.state()["open"])
    eventually(lambda: sum(" stopped " in line for line in one.endings()) == 3)
    assert sum(" completed " in line for line in one.endings()) == 1


def chats(redis_server: RedisServer) -> set[bytes]:
    """Those of which Redis knows an answer."""
    return set(redis_server.client.keys("{zc}:answer-of:*"))


def test_what_has_begun_just_now_is_stopped_elsewhere(
    zai: Any, two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    """Redis is told of it in a batch, the database in another."""
    one, other = two
    with Browser(one.url) as browser:
        browser.ask(use_chat("Hello", "c0"))
        with also_at(browser, other.url) as there:
            for number in range(6):  # the first while Redis may have the answer before
                asked = use_chat(NEVER, f"c{number}", on_leave="finish")
                identity, _ = browser.ask_and_leave(asked, until=b"data")
                assert there.stop(identity if number % 2 else f"c{number}")
            # Of a chat whose answer before was made where the stop is asked.
            there.ask(use_chat("Hello", "c6"))
            eventually(lambda: len(chats(redis_server)) == 7)
            browser.ask_and_leave(use_chat(NEVER, "c6", on_leave="finish"), b"data")
            assert there.stop("c6")
            eventually(lambda: not zai.state()["open"])
    eventually(lambda: sum(" stopped " in line for line in one.endings()) == 7)


def test_whoever_follows_a_process_that_is_killed_is_told(
    two: tuple[Process, Process],
) -> None:
    one, other = two
    with Browser(one.url) as browser:
        identity, _ = browser.ask_and_leave(use_chat(NEVER, on_leave="finish"))
        with also_at(browser, other.url) as there:
            eventually(lambda: not there.is_nothing(identity))
            with there.follow(identity) as pieces:
                came = next(pieces)
                while b'"delta"' not in came:
                    came += next(pieces)
                one.end(signal.SIGKILL)
                came += b"".join(pieces)
    assert b'"type":"error"' in came
    assert not came.endswith(b"[DONE]\n\n")


def test_redis_that_is_away_costs_no_answer(
    two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    one, _ = two
    with Browser(one.url) as browser:
        whole = browser.ask_amid(use_chat("sim:takes=2"), redis_server.freeze)
        assert whole.endswith(b"data: [DONE]\n\n")
        assert words(browser.resume("chat1").content) == words(whole)
        eventually(lambda: RequestLog.objects.get().ending == "completed")
        redis_server.thaw()
        with also_at(browser, two[1].url) as there:
            eventually(lambda: not is_nothing(there.resume("chat1")))
            assert words(there.resume("chat1").content) == words(whole)
