"""Every ending of the table, each by what makes it happen, over real HTTP."""

from typing import Any

import pytest

from chat.protocols.native import NativeWriter
from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.upstream.call import Call


def test_completed(service: Service) -> None:
    response = service.post()
    assert response.status_code == 200
    assert frames(response.content)[-1] == DONE
    assert text_of(response.content)
    ended = service.ended()
    assert (ended.ending, ended.finish_reason, ended.status) == (
        "completed",
        "stop",
        200,
    )


def test_completed_unstreamed(service: Service) -> None:
    response = service.post(stream=False)
    assert response.json()["choices"][0]["finish_reason"] == "stop"
    ended = service.ended()
    assert (ended.ending, ended.finish_reason, ended.status) == (
        "completed",
        "stop",
        200,
    )


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        ("sim:sensitive", "sensitive"),
        ("sim:length", "length"),
        ("sim:context-exceeded", "model_context_window_exceeded"),
    ],
)
def test_completed_for_another_reason(
    service: Service, scenario: str, reason: str
) -> None:
    response = service.post(scenario)
    assert frames(response.content)[-1] == DONE
    ended = service.ended()
    assert (ended.ending, ended.finish_reason) == ("completed", reason)


@pytest.mark.parametrize(
    "scenario", ["sim:no-done", "sim:no-blank-line", "sim:crlf", "sim:bare-lines"]
)
def test_completed_however_the_stream_is_written(
    service: Service, scenario: str
) -> None:
    response = service.post(scenario)
    assert frames(response.content)[-1] == DONE
    ended = service.ended()
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")


def test_client_disconnected(service: Service) -> None:
    with service.stream("sim:stall=60@3") as response:
        next(response.iter_bytes())
    ended = service.ended()
    assert (ended.ending, ended.status) == ("client_disconnected", 200)


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"messages": []}, 400), ({"messages": "no"}, 400)],
)
def test_refused(service: Service, body: Any, status: int) -> None:
    assert service.send(body).status_code == status
    ended = service.ended()
    assert (ended.ending, ended.status) == ("refused", status)


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("sim:error=1210", 400, "1210"),
        ("sim:error=1113", 502, "1113"),
        ("sim:error=1308", 429, "1308"),
        ("sim:stream-error=1301", 400, "1301"),
        ("sim:json-error=1113", 502, "1113"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_upstream_rejected(
    service: Service, scenario: str, status: int, code: str, stream: bool
) -> None:
    if not stream and "stream-error" in scenario:
        pytest.skip("only streams have errors in them")
    response = service.post(scenario, stream=stream)
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    ended = service.ended()
    assert (ended.ending, ended.error_status) == ("upstream_rejected", status)
    assert code in ended.line


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("sim:stream-error=1234@3", "1234"),
        ("sim:stream-error-event=1234@3", "1234"),
        ("sim:cut=3", "upstream_failed"),
        ("sim:no-finish=3", "upstream_failed"),
        ("sim:malformed=3", "upstream_failed"),
        ("sim:glued=3", "upstream_failed"),
        ("sim:bad-utf8", "upstream_failed"),
        ("sim:network-error", "network_error"),
    ],
)
def test_upstream_failed_after_words(
    service: Service, scenario: str, code: str
) -> None:
    response = service.post(scenario)
    *events, last = frames(response.content)
    assert response.status_code == 200
    assert len(events) >= 3
    assert all("choices" in event for event in events)
    assert last["error"]["type"] == "streaming_error"
    assert last["error"]["code"] == code
    assert last["error"]["status"] == 502
    assert last["error"]["request_id"] == response.headers["x-request-id"]
    ended = service.ended()
    assert (ended.ending, ended.status) == ("upstream_failed", 200)
    assert (ended.error_status, ended.answer, ended.whose) == (502, "broken_off", "zai")


@pytest.mark.parametrize("scenario", ["sim:cut-before", "sim:cut=0", "sim:html"])
@pytest.mark.parametrize("stream", [True, False])
def test_upstream_failed_before_words(
    service: Service, settings: Any, scenario: str, stream: bool
) -> None:
    settings.ZAI_MAX_TRIES = 2
    response = service.post(scenario, stream=stream)
    assert response.status_code == 502
    ended = service.ended()
    assert (ended.ending, ended.error_status) == ("upstream_failed", 502)
    assert ended.tries == 2


def test_upstream_failed_when_nobody_listens(settings: Any) -> None:
    settings.ZAI_MAX_TRIES = 1
    point_at(settings, "http://127.0.0.1:9/v4")
    with service_for() as service:
        assert service.post().json()["detail"] == "Z.AI cannot be reached."
        assert service.ended().ending == "upstream_failed"


@pytest.mark.parametrize("stream", [True, False])
def test_upstream_timeout_before_words(
    service: Service, settings: Any, stream: bool
) -> None:
    settings.ZAI_FIRST_EVENT_TIMEOUT = settings.ZAI_ANSWER_TIMEOUT = 0.2
    response = service.post("sim:silent", stream=stream)
    assert response.status_code == 504
    ended = service.ended()
    assert (ended.ending, ended.error_status) == ("upstream_timeout", 504)


def test_upstream_timeout_after_words(service: Service, settings: Any) -> None:
    settings.ZAI_SILENCE_TIMEOUT = 0.2
    response = service.post("sim:stall=60@3")
    *events, last = frames(response.content)
    assert len(events) == 3
    assert last["error"]["status"] == 504
    ended = service.ended()
    assert (ended.ending, ended.status) == ("upstream_timeout", 200)
    assert (ended.error_status, ended.answer, ended.whose) == (504, "broken_off", "zai")


def test_a_late_error_comes_in_the_stream(service: Service, settings: Any) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    response = service.post("sim:slow-headers=0.2 sim:error=1210")
    assert response.status_code == 200
    assert response.content.startswith(b": open\n\n")
    [last] = frames(response.content)
    assert (last["error"]["code"], last["error"]["status"]) == ("1210", 400)
    ended = service.ended()
    assert (ended.ending, ended.status) == ("upstream_rejected", 200)
    assert (ended.error_status, ended.whose) == (400, "caller")


def test_a_finished_answer_without_end_is_whole(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.exchange.source.SECONDS_AFTER_FINISH", 0.2)
    event = (
        b'data: {"id":"1","created":1,"model":"m","choices":'
        b'[{"index":0,"finish_reason":"stop","delta":{"content":"Hi"}}]}\n\n'
    )

    def hold_open(connection: Any) -> None:
        answering(event)(connection)
        connection.recv(1)

    with scripted(hold_open) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            response = service.post()
            assert frames(response.content)[-1] == DONE
            ended = service.ended()
            assert (ended.ending, ended.finish_reason) == ("completed", "stop")


def test_a_late_refusal_says_when_to_come_back(service: Service, settings: Any) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    settings.ZAI_MAX_TRIES = 1
    response = service.post("sim:slow-headers=0.2 sim:error=1302 sim:retry-after=7")
    [last] = frames(response.content)
    assert (last["error"]["status"], last["error"]["retry_after"]) == (429, 7)


def test_what_was_unreadable_is_not_shown_in_the_log(settings: Any) -> None:
    secret = b'data: {"id":"1","choices":[{"delta":{"content":"my diary'
    with scripted(answering(secret)) as base_url:
        point_at(settings, base_url)
        settings.ZAI_MAX_TRIES = 1
        with service_for() as service:
            service.post()
            assert "diary" not in service.line()


def test_failed_in_the_midst_of_an_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: NativeWriter, batch: Any) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(NativeWriter, "frames", broken)
    response = service.post("sim:events=3")
    [last] = frames(response.content)
    assert (last["error"]["code"], last["error"]["status"]) == (None, 500)
    ended = service.ended()
    assert (ended.ending, ended.finish_reason, ended.status) == ("failed", "stop", 200)
    assert (ended.error_status, ended.whose) == (500, "service")
    assert "ZeroDivisionError" in caplog.text


def test_failed_before_an_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: Call) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Call, "try_to_stream", broken)
    response = service.post()
    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.text
    ended = service.ended()
    assert (ended.ending, ended.error_status) == ("failed", 500)
    assert "ZeroDivisionError" in caplog.text
