"""Who comes back has all of the answer, once, and nobody else has any of it."""

import itertools
import threading
from typing import Any

import pytest

from chat.answers.shelf import shelf
from chat.exchange.register import open_exchanges
from chat.tests.answers.returning import (
    Browser,
    is_nothing,
    use_chat,
    without_comments,
    words,
)
from chat.tests.e2e.watched import Watched
from chat.tests.frames import text_of
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "sim:stall=1@20"
NEVER = "sim:stall=60@20"
PATHS = ("/api/chat", "/v1/chat/completions", "/v1/responses")
HELLO = [{"role": "user", "content": SLOW}]


@pytest.fixture
def url(watched: Watched) -> str:
    return watched.service.url


def test_a_reload_has_all_of_it(watched: Watched, url: str) -> None:
    with Browser(url) as browser:
        body = use_chat(SLOW, on_leave="finish")
        _, came = browser.ask_and_leave(body)
        again = browser.resume("chat1")
        assert again.status_code == 200
        assert again.headers["x-vercel-ai-ui-message-stream"] == "v1"
        assert again.headers["cache-control"] == "no-cache, no-transform"
        whole = without_comments(again.content)
        assert whole.startswith(without_comments(came))
        assert whole.endswith(b"data: [DONE]\n\n")
        assert watched.service.ended().ending == "completed"
        assert watched.zai.state()["total"] == 1
        assert without_comments(browser.resume("chat1").content) == whole
        assert words(whole) == words(browser.ask(use_chat(SLOW, "c2")).content)
    assert watched.nothing_is_left()


@pytest.mark.parametrize("path", PATHS)
def test_from_any_frame_on(url: str, path: str) -> None:
    name = "input" if path.endswith("responses") else "messages"
    asked = {name: HELLO, "stream": True, "resumable": True, "on_leave": "finish"}
    with Browser(url) as browser:
        identity, came = browser.ask_and_leave(asked, b"id: 3\n", path)
        whole = without_comments(browser.go_on(identity).content)
        assert whole.startswith(without_comments(came))
        found = whole.split(b"\n\n")[:-1]
        numbers = [frame.partition(b"\n")[0] for frame in found]
        assert numbers == [b"id: %d" % n for n in range(1, len(found) + 1)]
        for last in (0, 1, 2, 7, len(found) - 1):
            rest = without_comments(browser.go_on(identity, last).content)
            assert rest.split(b"\n\n")[:-1] == found[last:]
        assert browser.go_on(identity, len(found)).content == b""
        for odd in ("", "x", "-4", "9" * 40):
            assert browser.go_on(identity, odd).content == whole


def test_numbers_change_nothing_else(url: str) -> None:
    with Browser(url) as browser:
        asked = {"messages": [{"role": "user", "content": "Hello"}]}
        plain = browser.ask(asked).content
        numbered = browser.ask({**asked, "resumable": True}).content
    assert text_of(plain) == text_of(numbered.replace(b"\ndata", b"\n\ndata"))


def test_several_tabs_at_once(watched: Watched, url: str) -> None:
    with Browser(url) as browser:
        browser.ask_and_leave(use_chat(SLOW, on_leave=20))
        seen: list[bytes] = []
        tabs = [
            threading.Thread(
                target=lambda: seen.append(browser.resume("chat1").content)
            )
            for _ in range(3)
        ]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
    assert len({without_comments(body) for body in seen}) == 1
    assert words(seen[0])
    assert watched.nothing_is_left()


def test_who_comes_back_in_time_is_waited_for(watched: Watched, url: str) -> None:
    with Browser(url) as browser:
        browser.ask_and_leave(use_chat("sim:stall=2@20", on_leave=0.5))
        assert words(browser.resume("chat1").content)
    assert watched.service.ended().ending == "completed"


def test_one_that_nobody_waited_for_is_nothing(watched: Watched, url: str) -> None:
    with Browser(url) as browser:
        identity, _ = browser.ask_and_leave(use_chat(NEVER))
        assert watched.service.ended().ending == "client_disconnected"
        assert is_nothing(browser.resume("chat1"))
        assert is_nothing(browser.go_on(identity))
    assert shelf.size == 0


def test_strangers_have_nothing(url: str) -> None:
    with Browser(url) as mine, Browser(url) as other:
        identity, _ = mine.ask_and_leave(use_chat(SLOW, on_leave="finish"))
        other.ask(use_chat("Hello", "another"))
        assert mine.cookies["chat_browser"] != other.cookies["chat_browser"]
        assert is_nothing(other.resume("chat1"))
        assert not other.stop("chat1")
        with Browser(url) as nobody:
            assert is_nothing(nobody.resume("chat1"))
            nobody.cookies["chat_browser"] = mine.cookies["chat_browser"][:-1] + "x"
            assert is_nothing(nobody.resume("chat1"))
            # The id of the request is proof enough: nobody guesses it.
            assert words(nobody.resume(identity).content)
        assert words(mine.resume("chat1").content)


def test_the_cookie_is_for_nobody_else(url: str) -> None:
    with Browser(url) as browser:
        told = browser.ask(use_chat("Hello")).headers["set-cookie"]
        assert "HttpOnly; SameSite=Lax" in told
        assert "set-cookie" not in browser.ask(use_chat("Hello")).headers
        plain = {"messages": [{"role": "user", "content": "Hello"}]}
    with Browser(url) as another:
        assert "set-cookie" not in another.ask(plain).headers


def test_what_ended_is_kept_for_a_while(
    watched: Watched, url: str, settings: Any
) -> None:
    with Browser(url) as browser:
        browser.ask(use_chat("Hello"))
        assert words(browser.resume("chat1").content)
        settings.CHAT_KEEP_ANSWER_SECONDS = 0.001
        eventually(lambda: is_nothing(browser.resume("chat1")))
    assert (len(shelf), shelf.size) == (0, 0)


def test_nothing_is_kept_where_that_is_off(url: str, settings: Any) -> None:
    settings.CHAT_KEEP_ANSWER_SECONDS = 0
    with Browser(url) as browser:
        answer = browser.ask(use_chat("Hello"))
        assert "set-cookie" not in answer.headers
        assert is_nothing(browser.resume("chat1"))
    assert (len(shelf), shelf.size) == (0, 0)


def test_what_does_not_fit_is_not_kept(
    watched: Watched, url: str, settings: Any
) -> None:
    settings.CHAT_KEEP_BYTES = 5_000
    with Browser(url) as browser:
        answer = browser.ask(use_chat("Hello sim:events=2000"))
        assert words(answer.content)
        assert is_nothing(browser.resume("chat1"))
        assert shelf.size <= settings.CHAT_KEEP_BYTES


def test_what_ended_first_goes_first(watched: Watched, url: str, settings: Any) -> None:
    """And no more goes than has to: how much an answer takes depends on how it came."""
    held = [0]

    def ask(browser: Browser, number: int) -> None:
        browser.ask(use_chat("Hello", f"c{number}"))
        eventually(lambda: len(open_exchanges) == 0)
        held.append(shelf.size)

    with Browser(url) as browser:
        for number in range(1, 5):
            ask(browser, number)
        sizes = [after - before for before, after in itertools.pairwise(held)]
        assert all(sizes)
        settings.CHAT_KEEP_BYTES = held[-1]
        ask(browser, 5)
        found = [not is_nothing(browser.resume(f"c{n}")) for n in range(1, 6)]
        gone = found.index(True)
        assert gone
        assert found == [False] * gone + [True] * (5 - gone)
        assert shelf.size <= settings.CHAT_KEEP_BYTES
        assert shelf.size + sizes[gone - 1] > settings.CHAT_KEEP_BYTES


def test_a_new_question_takes_the_place_of_the_old(watched: Watched, url: str) -> None:
    with Browser(url) as browser, Browser(url) as other:
        browser.ask_and_leave(use_chat(NEVER, on_leave="finish"))
        other.ask(use_chat("Hello"))
        assert watched.service.ended().ending == "completed"
        browser.ask(use_chat("Hello"))
        endings = {watched.service.ended().ending, watched.service.ended().ending}
        assert endings == {"stopped", "completed"}
        assert words(browser.resume("chat1").content)
    assert watched.nothing_is_left()


def test_a_failure_is_heard_again(url: str) -> None:
    with Browser(url) as browser:
        browser.ask_and_leave(use_chat("sim:stall=1@3 sim:cut=5", on_leave="finish"))
        assert b'"type":"error"' in browser.resume("chat1").content
        assert b'"type":"error"' in browser.resume("chat1").content
