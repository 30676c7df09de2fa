"""The log line and the row of a request say the same, however it ended."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from chat.ending import Ending
from chat.event import Event
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import outcome_of
from chat.exchange.register import open_exchanges
from chat.failures import Interrupted, Stopped
from chat.models import RequestLog
from chat.observation import Observation
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.frames import frames
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import eventually
from chat.upstream.attempts import Attempts

SAME = ("model", "ending", "finish_reason", "status", "error_status", "answer")
SAME += ("whose", "events", "tries", "prompt_tokens", "completion_tokens")
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]

Told = tuple[Any, ...]
"""Ending, status, error_status, answer, whose."""


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], Told]:
    """Say how the one request ended, which its line and its row agree on."""
    caplog.set_level(logging.INFO, "chat.exchange")

    def look() -> Told:
        row = only_row()
        found = [r for r in caplog.records if "ending" in vars(r)]
        assert len(found) == 1
        figures = vars(found[0])
        assert {n: figures[n] for n in SAME} == {n: getattr(row, n) for n in SAME}
        for name in ("first_event", "duration"):
            assert _ms(figures[name]) == getattr(row, f"{name}_ms")
        assert _words(found[0].getMessage()) == row.error_message
        return row.ending, row.status, row.error_status, row.answer, row.whose

    return look


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _words(line: str) -> str | None:
    return line.partition(": ")[2] or None


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("scenario", "answer"),
    [
        ("Hello", "whole"),
        ("sim:tools=1", "whole"),
        ("sim:length", "cut_off"),
        ("sim:context-exceeded", "cut_off"),
        ("sim:sensitive", "filtered"),
    ],
)
def test_completed(
    service: Service,
    told: Callable[[], Told],
    scenario: str,
    answer: str,
    stream: bool,
) -> None:
    service.post(scenario, stream=stream, tools=TOOLS)
    assert told() == ("completed", 200, None, answer, None)


THOUGHT = (
    b'{"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,"finish_reason":'
    b'"%s","%s":{"reasoning_content":"Hm.","content":"%s"}}]}'
)


@pytest.mark.parametrize(
    ("reason", "content", "answer"),
    [
        (b"stop", b"", "empty"),
        (b"stop", b" \\n", "empty"),
        (b"length", b"", "empty"),
        (b"length", b"Hi", "cut_off"),
        (b"stop", b"Hi", "whole"),
        (b"sensitive", b"", "filtered"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_thoughts_alone_are_no_answer(
    settings: Any,
    told: Callable[[], Told],
    reason: bytes,
    content: bytes,
    answer: str,
    stream: bool,
) -> None:
    body = THOUGHT % (reason, b"delta" if stream else b"message", content)
    script = (
        answering(b"data: " + body + b"\n\ndata: [DONE]\n\n")
        if stream
        else answering(body, kind="application/json")
    )
    with scripted(script) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            assert service.post(stream=stream).status_code == 200
            assert told() == ("completed", 200, None, answer, None)


@pytest.mark.parametrize(
    ("code", "status", "whose"),
    [
        ("1210", 400, "caller"),
        ("1301", 400, "caller"),
        ("1113", 502, "account"),
        ("1308", 429, "account"),
        ("1305", 429, "zai"),
        ("1234", 502, "zai"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_upstream_rejected(
    service: Service,
    settings: Any,
    told: Callable[[], Told],
    code: str,
    status: int,
    whose: str,
    stream: bool,
) -> None:
    settings.ZAI_MAX_TRIES = 1
    service.post(f"sim:error={code}", stream=stream)
    assert told() == ("upstream_rejected", status, status, "none", whose)


@pytest.mark.parametrize("stream", [True, False])
def test_too_long_in_line(
    service: Service, settings: Any, told: Callable[[], Told], stream: bool
) -> None:
    settings.CHAT_QUEUE_SECONDS = 0.5
    service.post("sim:error=1302", stream=stream)
    assert told() == ("refused", 429, 429, "none", "account")


def test_a_rejection_that_came_too_late_for_the_status(
    service: Service, settings: Any, told: Callable[[], Told]
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    service.post("sim:slow-headers=0.2 sim:error=1210")
    assert told() == ("upstream_rejected", 200, 400, "none", "caller")


@pytest.mark.parametrize(
    ("scenario", "status", "whose"),
    [
        ("sim:cut=3", 502, "zai"),
        ("sim:malformed=3", 502, "zai"),
        ("sim:network-error", 502, "zai"),
        ("sim:stream-error=1302@3", 429, "account"),
    ],
)
def test_an_answer_that_was_cut_is_502_and_was_200(
    service: Service,
    told: Callable[[], Told],
    scenario: str,
    status: int,
    whose: str,
) -> None:
    service.post(scenario)
    assert told() == ("upstream_failed", 200, status, "broken_off", whose)


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_failed_at_once(
    service: Service, settings: Any, told: Callable[[], Told], stream: bool
) -> None:
    settings.ZAI_MAX_TRIES = 1
    service.post("sim:cut-before", stream=stream)
    assert told() == ("upstream_failed", 502, 502, "none", "zai")


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_timeout(
    service: Service, settings: Any, told: Callable[[], Told], stream: bool
) -> None:
    settings.ZAI_FIRST_EVENT_TIMEOUT = settings.ZAI_ANSWER_TIMEOUT = 0.2
    service.post("sim:silent", stream=stream)
    assert told() == ("upstream_timeout", 504, 504, "none", "zai")


def test_upstream_timeout_after_words(
    service: Service, settings: Any, told: Callable[[], Told]
) -> None:
    settings.ZAI_SILENCE_TIMEOUT = 0.2
    service.post("sim:stall=60@3")
    assert told() == ("upstream_timeout", 200, 504, "broken_off", "zai")


@pytest.mark.parametrize("stream", [True, False])
def test_client_disconnected(
    service: Service, zai: Any, told: Callable[[], Told], stream: bool
) -> None:
    with RawCaller(service.url) as caller:
        caller.ask("sim:stall=60@3" if stream else "sim:silent", stream=stream)
        zai.wait(lambda state: state["open"])
        if stream:
            caller.read_until(b"data: ")
    answer, status = ("broken_off", 200) if stream else ("none", None)
    assert told() == ("client_disconnected", status, None, answer, None)


@pytest.mark.parametrize("stream", [True, False])
def test_finished_alone(
    service: Service, zai: Any, told: Callable[[], Told], stream: bool
) -> None:
    with RawCaller(service.url) as caller:
        slow = "sim:stall=1@3" if stream else "sim:slow-headers=1"
        caller.ask(slow, stream=stream, on_leave="finish")
        zai.wait(lambda state: state["open"])
        if stream:
            caller.read_until(b"data: ")
    assert told() == ("finished_alone", 200, None, "whole", None)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("failure", "ending"), [(Stopped, "stopped"), (Interrupted, "interrupted")]
)
def test_cut_short(
    service: Service,
    zai: Any,
    told: Callable[[], Told],
    failure: Any,
    ending: str,
    stream: bool,
) -> None:
    with RawCaller(service.url) as caller:
        caller.ask("sim:stall=60@3" if stream else "sim:silent", stream=stream)
        zai.wait(lambda state: state["open"])
        if stream:
            caller.read_until(b"data: ")
        eventually(lambda: open_exchanges)
        [exchange] = open_exchanges
        exchange.loop.call_soon_threadsafe(exchange.cut_short, failure("It is over."))
        caller.read_until(b"It is over.")
    expected = (200, 503, "broken_off") if stream else (503, 503, "none")
    # Who stops an answer wants it so: that is nobody's failure.
    assert told() == (ending, *expected, None if failure is Stopped else "service")


@pytest.mark.parametrize("stream", [True, False])
def test_failed(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    told: Callable[[], Told],
    stream: bool,
) -> None:
    def break_down(self: Exchange, question: Any, *_: Any) -> None:
        question.close()
        raise ZeroDivisionError

    monkeypatch.setattr(Exchange, "_ask", break_down)
    service.post(stream=stream)
    assert told() == ("failed", 500, 500, "none", "service")


@pytest.mark.parametrize("stream", [True, False])
def test_refused(service: Service, told: Callable[[], Told], stream: bool) -> None:
    service.post(stream=stream, temperature=7)
    assert told() == ("refused", 400, 400, "none", "caller")


@pytest.mark.parametrize(
    ("setting", "value", "status", "whose"),
    [
        ("ZAI_API_KEY", "", 500, "account"),
        ("CHAT_MAX_OPEN_EXCHANGES", 0, 503, "service"),
    ],
)
def test_refused_for_what_is_not_the_callers(
    service: Service,
    settings: Any,
    told: Callable[[], Told],
    setting: str,
    value: Any,
    status: int,
    whose: str,
) -> None:
    setattr(settings, setting, value)
    service.post()
    assert told() == ("refused", status, status, "none", whose)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("name", "repaired"), [(b"look</arg_value>", "look"), (b"look", "")]
)
def test_the_row_has_the_names_that_were_repaired(
    settings: Any, stream: bool, name: bytes, repaired: str
) -> None:
    call = (
        b'{"index":0,"id":"a","type":"function","function":{"name":"%s",'
        b'"arguments":"{}"}}' % name
    )
    body = (
        b'{"id":"1","created":1,"model":"m","choices":[{"index":0,"finish_reason":'
        b'"tool_calls","%s":{"tool_calls":[%s]}}]}'
        % (b"delta" if stream else b"message", call)
    )
    script = (
        answering(b"data: " + body + b"\n\ndata: [DONE]\n\n")
        if stream
        else answering(body, kind="application/json")
    )
    with scripted(script) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            response = service.post(stream=stream)
            if stream:
                assert frames(response.content)[-1] == {"data": "[DONE]"}
            row: RequestLog = only_row()
            assert (row.repaired_names, row.answer) == (repaired, "whole")


@pytest.mark.parametrize(
    ("ending", "error_status"),
    [(Ending.INTERRUPTED, 503), (Ending.FAILED, 500)],
)
def test_what_nobody_was_left_to_tell_is_the_services(
    ending: Ending, error_status: int
) -> None:
    seen = Observation()
    seen.saw_completion(Event())
    seen.end()
    outcome = outcome_of(
        ending,
        None,
        seen,
        status=200,
        tries=1,
        attempts=Attempts(seen),
        ready_at=0.0,
        repaired_names=[],
        charge=None,
    )
    assert (outcome.error_status, outcome.whose) == (error_status, "service")
    assert (outcome.failure, outcome.answer) == (None, "broken_off")


def test_every_ending_is_tried_here() -> None:
    tried = {name.removeprefix("test_") for name in globals()}
    others = {Ending.UPSTREAM_FAILED, Ending.STOPPED, Ending.INTERRUPTED}
    assert set(Ending) - others <= tried
