"""Two processes and Redis, at length: each answer is read at the other one.

`CHAT_TEST_ROUNDS` is how many answers are cut at random, `CHAT_TEST_REAL=1` has
processes that take their time, and holds them to it: `python -m benchmarks.resume
processes`.
"""

import os
import random
import signal
import time
from typing import Any

import pytest

from chat.tests.access.redis_server import RedisServer
from chat.tests.answers.conftest import IS_REAL
from chat.tests.answers.returning import Browser, also_at, use_chat, without_comments
from chat.tests.e2e.process import Process
from chat.tests.frames import text_of
from chat.tests.waiting import SECONDS, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1200 if IS_REAL else 300),
]

ROUNDS = int(os.environ.get("CHAT_TEST_ROUNDS", "5"))
REDIS_SECONDS = 30.0 if IS_REAL else 1.5
# How long whoever follows a process that was killed waits for the end, and who reads
# directly for a word; a busy machine is held to neither.
SECONDS_TO_THE_END = 15.0 if IS_REAL else SECONDS
SECONDS_TO_A_WORD = 1.0 if IS_REAL else SECONDS
WORDS_A_SECOND = 20
MOST_BYTES = 6_000


def test_it_is_the_same_there_however_often_it_is_cut(
    zai: Any, two: tuple[Process, Process]
) -> None:
    cuts = 0
    for number in range(ROUNDS):
        text = f"Question {number} sim:takes=1"
        asked = {"messages": [{"role": "user", "content": text}], "resumable": True}
        most = random.randrange(1, MOST_BYTES)
        with Browser(two[0].url) as browser, Browser(two[1].url) as there:
            identity, came = browser.ask_and_leave(
                {**asked, "on_leave": "finish"}, enough=most
            )
            eventually(lambda i=identity, t=there: not t.is_nothing(i))
            while not came.endswith(b'"[DONE]"}\n\n'):
                cuts += 1
                most = random.randrange(1, MOST_BYTES)
                came = there.go_on_after(identity, came, enough=most)
            plain = browser.ask({**asked, "resumable": False}).content
        assert text_of(without_numbers(came)) == text_of(plain)
        assert zai.state()["total"] == 2 * (number + 1)
    print(f"{ROUNDS} answers, {cuts} cuts")


def test_a_killed_process_is_told_of_in_time(two: tuple[Process, Process]) -> None:
    one, other = two
    with Browser(one.url) as browser:
        body = use_chat("sim:stall=90@20", on_leave="finish")
        identity, _ = browser.ask_and_leave(body)
        with also_at(browser, other.url) as there:
            eventually(lambda: not there.is_nothing(identity))
            with there.follow(identity) as pieces:
                came = next(pieces)
                while b'"delta"' not in came:
                    came += next(pieces)
                one.end(signal.SIGKILL)
                killed = time.monotonic()
                came += b"".join(pieces)
                took = time.monotonic() - killed
    assert without_comments(came).endswith(b"data: [DONE]\n\n") is False
    assert b'"type":"error"' in came
    assert took < SECONDS_TO_THE_END
    print(f"told {took:.1f} s after kill -9")


def test_who_reads_directly_notices_nothing_of_redis(
    two: tuple[Process, Process], redis_server: RedisServer
) -> None:
    one, other = two
    events = round((REDIS_SECONDS + 2) * WORDS_A_SECOND)
    body = use_chat(f"sim:rate={WORDS_A_SECOND} sim:events={events}")
    longest, last = 0.0, time.monotonic()
    came, frozen = b"", 0.0
    with Browser(one.url) as browser:
        with browser.stream(body) as pieces:
            for piece in pieces:
                came, now = came + piece, time.monotonic()
                longest, last = max(longest, now - last), now
                if not frozen and b'"delta"' in came:
                    redis_server.freeze()
                    frozen, longest = now, 0.0
                elif frozen and now - frozen > REDIS_SECONDS:
                    redis_server.thaw()
        redis_server.thaw()
        with also_at(browser, other.url) as there:
            eventually(lambda: not there.is_nothing("chat1"))
            again = there.resume("chat1").content
    assert without_comments(came).endswith(b"data: [DONE]\n\n")
    assert without_comments(again) == without_comments(came)
    assert longest < SECONDS_TO_A_WORD
    print(f"the longest silence was {longest:.2f} s")


def without_numbers(body: bytes) -> bytes:
    """A numbered answer, whose numbers have no gap, as one without."""
    frames = [one for one in body.split(b"\n\n")[:-1] if not one.startswith(b":")]
    numbers = [one.partition(b"\n")[0] for one in frames]
    assert numbers == [b"id: %d" % n for n in range(1, len(frames) + 1)]
    return b"".join(one.partition(b"\n")[2] + b"\n\n" for one in frames)
