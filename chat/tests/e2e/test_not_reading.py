"""A caller who stays but accepts nothing has left."""

from contextlib import ExitStack
from typing import Any

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.test_leaving import MANY, left_behind_nothing
from chat.tests.e2e.watched import Watched

pytestmark = pytest.mark.once


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.CHAT_WRITE_TIMEOUT_SECONDS = 0.3


@pytest.mark.usefixtures("impatient")
def test_a_stream_nobody_takes_is_given_up(watched_either_way: Watched) -> None:
    with RawCaller(watched_either_way.service.url, receive_buffer=4096) as caller:
        caller.ask(MANY)
        assert left_behind_nothing(watched_either_way)
        assert not caller.read_to_end().endswith(b"0\r\n\r\n")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_of_one_piece_nobody_takes_is_given_up(
    watched: Watched, stream: bool
) -> None:
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask("sim:big=3500", stream=stream)
        watched.service.ended()
        assert watched.nothing_is_left()
        assert not caller.read_to_end().endswith(b"0\r\n\r\n")


@pytest.mark.usefixtures("impatient")
def test_no_size_of_answer_keeps_a_request_open(watched: Watched) -> None:
    # The socket takes some megabytes, and the server a last piece on top of them.
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask("sim:big=7000", stream=False)
        watched.service.ended()
        taken = len(caller.read_to_end()) // 1024
    with ExitStack() as callers:
        for kilobytes in (sizes := range(taken, taken + 160, 4)):
            caller = RawCaller(watched.service.url, receive_buffer=4096)
            callers.enter_context(caller).ask(f"sim:big={kilobytes}", stream=False)
        for _ in sizes:
            watched.service.ended()
        assert watched.nothing_is_left()
