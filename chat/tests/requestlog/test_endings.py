"""A truthful row for every ending: what was measured, and null for what was not."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from chat.ending import Ending
from chat.exchange.exchange import Exchange
from chat.models import RequestLog
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.frames import frames
from chat.tests.requestlog.closed_rows import closed, only_row, posted
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.web.handler import Handler

UNANSWERED = (
    *("answered_model", "finish_reason", "upstream_id", "first_event_ms"),
    *("first_sign_ms", "first_word_ms", "events", "prompt_tokens", "cached_tokens"),
    *("completion_tokens", "reasoning_tokens", "cost_usd"),
)


def known(row: RequestLog, *names: str) -> bool:
    return all(getattr(row, name) is not None for name in names)


def unknown(row: RequestLog, *names: str) -> bool:
    return all(getattr(row, name) is None for name in names)


def test_completed(service: Service) -> None:
    row = posted(service, model="glm-4.6", user_id="user-1234", temperature=0.5)
    assert (row.ending, row.finish_reason, row.status) == ("completed", "stop", 200)
    assert (row.dialect, row.path, row.streamed) == ("native", "/api/chat", True)
    assert (row.model, row.answered_model) == ("glm-4.6", "glm-4.6")
    assert (row.address, row.user_id, row.tries) == ("127.0.0.1", "user-1234", 1)
    assert (row.question, row.error_code, row.error_message) == ("Hello", None, None)
    assert row.parameters == {"temperature": 0.5, "max_tokens": 2048}
    assert row.user_agent.startswith("python-httpx")
    assert row.upstream_id
    assert known(row, "events", "prompt_tokens", "completion_tokens", "cached_tokens")
    assert 0 <= row.first_event_ms <= row.first_sign_ms
    assert row.first_sign_ms <= row.first_word_ms <= row.duration_ms
    assert row.cost_usd > 0
    assert tallies_agree()


def test_completed_unstreamed(service: Service) -> None:
    row = posted(service, stream=False)
    assert (row.ending, row.status, row.streamed) == ("completed", 200, False)
    assert unknown(row, "first_event_ms", "first_sign_ms", "first_word_ms", "events")
    assert known(row, "duration_ms", "completion_tokens", "cost_usd", "upstream_id")


@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_who_left_before_any_header_was_told_nothing(
    service: Service, zai: Any, stream: bool
) -> None:
    with RawCaller(service.url) as caller:
        caller.ask("sim:silent", stream=stream)
        zai.wait(lambda state: state["open"])
    row = only_row()
    assert (row.ending, row.status, row.tries) == ("client_disconnected", None, 1)
    assert unknown(row, *UNANSWERED)
    assert known(row, "duration_ms")


def test_a_caller_who_left_in_mid_stream(service: Service) -> None:
    with service.stream("sim:stall=60@3") as response:
        next(response.iter_bytes())
    row = only_row()
    assert (row.ending, row.status) == ("client_disconnected", 200)
    assert known(row, "first_event_ms", "events", "upstream_id", "answered_model")
    assert unknown(row, "finish_reason", "completion_tokens", "cost_usd", "error_code")
    assert row.text.answer or row.text.reasoning


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_rejected(service: Service, stream: bool) -> None:
    row = posted(service, "sim:error=1210", stream=stream)
    assert (row.ending, row.status, row.error_code) == (
        "upstream_rejected",
        400,
        "1210",
    )
    assert "1210" in row.error_message
    assert unknown(row, *UNANSWERED)


def test_upstream_failed(service: Service) -> None:
    row = posted(service, "sim:cut=3")
    assert (row.ending, row.status, row.events) == ("upstream_failed", 200, 3)
    assert row.error_code == "upstream_failed"
    assert unknown(row, "finish_reason", "completion_tokens", "cost_usd")


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_failed_at_once(service: Service, settings: Any, stream: bool) -> None:
    settings.ZAI_MAX_TRIES = 2
    row = posted(service, "sim:cut-before", stream=stream)
    assert (row.ending, row.status, row.tries) == ("upstream_failed", 502, 2)
    assert unknown(row, *UNANSWERED)


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_timeout(service: Service, settings: Any, stream: bool) -> None:
    settings.ZAI_FIRST_EVENT_TIMEOUT = settings.ZAI_ANSWER_TIMEOUT = 0.2
    row = posted(service, "sim:silent", stream=stream)
    assert (row.ending, row.status) == ("upstream_timeout", 504)
    assert row.error_code == "upstream_timeout"
    assert unknown(row, *UNANSWERED)


@pytest.mark.parametrize("stream", [True, False])
def test_interrupted(zai: Any, monkeypatch: pytest.MonkeyPatch, stream: bool) -> None:
    handlers: list[Handler] = []
    monkeypatch.setattr(Handler, "__init__", _remembering(Handler.__init__, handlers))
    from chat.web.application import service as application

    with (
        service_for(app=application(Handler())) as service,
        RawCaller(service.url) as caller,
    ):
        caller.ask("sim:stall=60@3" if stream else "sim:silent", stream=stream)
        zai.wait(lambda state: state["open"])
        if stream:
            caller.read_until(b"data: ")
        handlers[-1].disconnect_all()
        row = only_row()
    assert (row.ending, row.status) == ("interrupted", 200 if stream else None)


def _remembering(begin: Any, found: list[Any]) -> Any:
    def remember(self: Any) -> None:
        begin(self)
        found.append(self)

    return remember


@pytest.mark.parametrize("stream", [True, False])
def test_failed(
    service: Service, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    def break_down(self: Exchange, question: Any, *_: Any) -> None:
        question.close()
        raise ZeroDivisionError

    monkeypatch.setattr(Exchange, "_ask", break_down)
    row = posted(service, stream=stream)
    assert (row.ending, row.status, row.error_code) == ("failed", 500, None)
    assert row.error_message == "Something went wrong on our side. It has been logged."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"messages": []}, 400, "invalid_request"),
        (
            {"messages": ["x" * 2000]},
            413,
            "body_too_large",
        ),
    ],
)
def test_refused(
    service: Service, settings: Any, body: Any, status: int, code: str
) -> None:
    settings.CHAT_MAX_BODY_BYTES = 1000
    assert service.send(body).status_code == status
    row = only_row()
    assert (row.ending, row.status, row.error_code) == ("refused", status, code)
    assert row.error_message
    assert (row.streamed, row.tries, row.model) == (None, None, None)
    assert unknown(row, "duration_ms", *UNANSWERED)
    assert tallies_agree()


def test_refused_for_its_method(service: Service) -> None:
    httpx.get(f"{service.url}/api/chat", trust_env=False)
    assert (only_row().ending, only_row().status) == ("refused", 405)


def test_refused_for_its_type(service: Service) -> None:
    httpx.post(f"{service.url}/api/chat", content=b"Hi", trust_env=False)
    assert (only_row().ending, only_row().status) == ("refused", 415)


def test_refused_for_its_host(service: Service) -> None:
    service.send({}, headers={"Host": "elsewhere.example"})
    assert (only_row().ending, only_row().status) == ("refused", 400)


def test_refused_for_a_body_that_does_not_arrive(
    service: Service, settings: Any
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.1
    with RawCaller(service.url) as caller:
        caller.send(caller.request()[:-5])
        caller.read_until(b"408")
    assert (only_row().ending, only_row().status) == ("refused", 408)


def test_refused_without_a_key(service: Service, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    row = posted(service, user_id="user-1234")
    assert (row.ending, row.status, row.error_code) == (
        "refused",
        500,
        "not_configured",
    )
    assert (row.model, row.user_id, row.question) == ("glm-4.6", "user-1234", "Hello")


def test_refused_at_capacity(service: Service, settings: Any) -> None:
    settings.CHAT_MAX_OPEN_EXCHANGES = 0
    row = posted(service)
    assert (row.ending, row.status, row.error_code) == ("refused", 503, "at_capacity")


def test_no_ending_is_without_a_test() -> None:
    tested = {name.removeprefix("test_") for name in globals()}
    elsewhere = {Ending.CLIENT_DISCONNECTED, Ending.FINISHED_ALONE, Ending.STOPPED}
    assert set(Ending) - elsewhere <= tested


WHOLE = (
    b'data: {"id":"1","created":1,"model":"%s","choices":[{"index":0,'
    b'"finish_reason":"stop","delta":{"content":"Hi"}}]%s}\n\ndata: [DONE]\n\n'
)
TOKENS = b',"usage":{"prompt_tokens":1000,"completion_tokens":2000}'
ODD = (
    b',"usage":{"prompt_tokens":-1,"completion_tokens":99999999999999999999,'
    b'"prompt_tokens_details":{"cached_tokens":"many"},'
    b'"completion_tokens_details":{"reasoning_tokens":{"a":1}}}'
)


def answered(settings: Any, *parts: bytes) -> RequestLog:
    with scripted(answering(*parts)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            response = service.post()
            assert frames(response.content)[-1] == {"data": "[DONE]"}
            return closed(response.headers["x-request-id"])


def test_no_usage_is_no_tokens_and_no_cost(settings: Any) -> None:
    row = answered(settings, WHOLE % (b"glm-4.6", b""))
    assert row.ending == "completed"
    assert unknown(row, "prompt_tokens", "completion_tokens", "cost_usd")


@pytest.mark.parametrize(
    ("model", "cost"),
    [(b"glm-9-unheard-of", None), (b"glm-4.5-flash", 0), (b"glm-4.6", "0.005")],
)
def test_what_it_cost(settings: Any, model: bytes, cost: Any) -> None:
    row = answered(settings, WHOLE % (model, TOKENS))
    assert row.completion_tokens == 2000
    assert unknown(row, "cached_tokens", "reasoning_tokens")
    assert row.cost_usd == (None if cost is None else Decimal(cost))


def test_odd_figures_are_not_known(settings: Any) -> None:
    row = answered(settings, WHOLE % (b"m" * 300, ODD))
    assert (row.ending, len(row.answered_model)) == ("completed", 100)
    assert unknown(row, "prompt_tokens", "cached_tokens", "reasoning_tokens")
    assert tallies_agree()
