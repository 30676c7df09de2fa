"""A conversation leaves memory with its exchange, and waits for no collector."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.exchange.visit import Visit
from chat.tests.browser.begun import is_begun
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.waiting import eventually
from chat.upstream.answer import Answer
from chat.upstream.connection import Connection
from chat.web.body import Body
from chat.web.handler import Request
from chat.web.responses import StreamedAnswer

pytestmark = pytest.mark.django_db(transaction=True)


MARK = b"x" * 64


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    "scenario", ["Hello", "sim:error=1210", "sim:cut=3", "sim:cut-before", "sim:html"]
)
def test_nothing_of_a_conversation_stays(
    watched: Watched, scenario: str, stream: bool, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    watched.service.post(scenario, stream=stream)
    watched.service.ended()
    eventually(lambda: is_gone(scenario))


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    ("scenario", "stream"),
    [
        ("sim:silent", True),
        ("sim:silent", False),
        ("sim:slow=60", True),
        ("sim:stall=60", False),
        ("sim:error=1305 sim:retry-after=25", True),
        ("sim:error=1305 sim:retry-after=25", False),
    ],
)
def test_nothing_stays_of_a_caller_who_left(
    watched: Watched, scenario: str, stream: bool
) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask(scenario, stream=stream)
        watched.zai.wait(lambda state: state["total"] == 1)
        if scenario != "sim:silent":
            eventually(lambda: watched.zai.state()["requests"][0]["status"])
    watched.service.ended()
    eventually(lambda: is_gone(scenario))


@pytest.mark.parametrize("scenario", ["sim:stall=60@3", "sim:flood sim:events=900000"])
def test_nothing_stays_of_a_caller_who_left_in_mid_stream(
    watched: Watched, scenario: str
) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask(scenario)
        caller.read_until(b"data: ")
    watched.service.ended()
    eventually(lambda: collected(scenario))


@pytest.mark.usefixtures("uncollected")
def test_an_answer_on_its_way_holds_nothing_of_its_request(watched: Watched) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:stall=60@3")
        caller.read_until(b"data: ")
        eventually(lambda: not any(isinstance(o, Request) for o in gc.get_objects()))
        answers = [o for o in gc.get_objects() if isinstance(o, StreamedAnswer)]
        assert [list(answer.headers) for answer in answers] == [[]]
    watched.service.ended()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("POST Content-Length: 9", b"no JSON {", 400),
        ("POST Content-Length: 100", MARK, 408),  # and no more of it
        ("POST Content-Length: 9000000", MARK, 413),
        ("POST Transfer-Encoding: chunked", b"3000\r\n" + b"x" * 0x3000, 413),
        ("PUT Content-Length: 64", MARK, 405),
        ("POST Content-Length: 64|Authorization: Bearer zc_wrong", MARK, 401),
        ("POST Content-Length: 64|Content-Encoding: br", MARK, 415),
    ],
)
def test_nothing_stays_of_a_request_that_was_refused(
    watched: Watched, head: str, body: bytes, status: int, settings: Any
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.2
    settings.CHAT_MAX_BODY_BYTES = 9000
    method, headers = head.split(" ", 1)
    with RawCaller(watched.service.url) as caller:
        caller.send(caller.head(method, "/api/chat", *headers.split("|")) + body)
        assert caller.read_until(b"\r\n").startswith(b"HTTP/1.1 %d" % status)
    eventually(lambda: none_is_left(Visit, Body))


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_nothing_stays_of_an_answer_that_was_left(watched: Watched, path: str) -> None:
    with RawCaller(watched.service.url) as caller:
        question = caller.request("sim:rate=100 sim:events=9000", stream=True)
        caller.send(question.replace(b"/api/chat", path.encode()))
        for _ in range(5):
            caller.received = b""
            caller.read_until(b"data: ")
    watched.service.ended()
    eventually(lambda: none_is_left(Answer, Connection))


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "how", ["cut=3", "reset=3", "malformed=3", "no-finish=3", "stream-error=1234@3"]
)
def test_nothing_stays_of_an_answer_that_broke_off(watched: Watched, how: str) -> None:
    watched.service.post(f"sim:{how}")
    watched.service.ended()
    # Its connection may wait for the next question.
    eventually(lambda: none_is_left(Answer))


def none_is_left(*kinds: type) -> bool:
    """Whether there is none of these, without the help of the collector; but for where
    failures wait for it, as `is_gone` has it."""
    if is_begun():
        gc.collect()
    return not any(isinstance(found, kinds) for found in gc.get_objects())


def collected(text: str) -> bool:
    """Whether nothing is left once Python's collector has run.

    On a busy machine a conversation was seen, rarely, to wait for it.
    """
    gc.collect()
    return not remembered(text)


def is_gone(text: str) -> bool:
    """Whether nothing is left; of a failure not even what waits for the collector.

    With Playwright's event loop in the same process, failures do wait for it, whatever
    the service does: there they need only be collectable.
    """
    return collected(text) if is_begun() else not remembered(text)


def remembered(text: str) -> list[ChatRequest]:
    """The conversations in memory that end so."""
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, ChatRequest) and found.messages[-1]["content"] == text
    ]
