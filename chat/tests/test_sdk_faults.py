"""What the SDK does wrong does not reach our caller (measured on zai-sdk 0.2.3)."""

import socket
import threading
from typing import Any

import httpx
import msgspec
import pytest

from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Ended, Service, point_at, service_for

pytestmark = pytest.mark.once


def event(text: str, finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text}}
    if finish:
        choice["finish_reason"] = finish
    body = {"id": "1", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


WHOLE = (event("Hello"), event("", "stop"), b"data: [DONE]\n\n")


def ask(settings: Any, *scripts: Any, **body: Any) -> tuple[httpx.Response, Ended]:
    with scripted(*scripts) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            return service.post(**body), service.ended()


def test_no_null_is_sent_for_what_was_not_given(settings: Any) -> None:
    bodies: list[bytes] = []
    with scripted(answering(*WHOLE), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            service.post()
    sent = msgspec.json.decode(bodies[0])
    assert "thinking" not in sent
    assert "response_format" not in sent


def test_an_account_error_is_not_asked_four_times(service: Service, zai: Any) -> None:
    service.post("sim:error=1113")
    assert zai.state()["total"] == 1


def test_headers_of_an_error_may_have_any_letters(settings: Any) -> None:
    def play(connection: socket.socket) -> None:
        body = b'{"error":{"code":"1214","message":"Bad."}}'
        connection.sendall(
            b"HTTP/1.1 400 Bad\r\nContent-Type: \xff\xfe\r\nRetry-After: \xb2\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    answer, ended = ask(settings, play)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "1214"
    assert ended.ending == "upstream_rejected"


@pytest.mark.parametrize("unreadable", [b"1e999", b'"\xff"', b"[" * 5000 + b"]" * 5000])
@pytest.mark.parametrize("stream", [True, False])
def test_what_nobody_looked_into_is_z_ais_fault_where_it_cannot_be_read(
    settings: Any, unreadable: bytes, stream: bool
) -> None:
    fields = b'{"id":"1","created":1,"model":"m","unknown":%s,"choices":[{"index":0,'
    end = b'"delta":{"content":"a"},"message":{"content":"a"},"finish_reason":"stop"}]}'
    whole = fields % unreadable + end
    parts = [b"data: %s\n\n" % whole, b"data: [DONE]\n\n"] if stream else [whole]
    with scripted(answering(*parts)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            asked = {"messages": [{"role": "user", "content": "a"}], "stream": stream}
            url = f"{service.url}/v1/chat/completions"
            answer = httpx.post(url, json=asked, timeout=20, trust_env=False)
            ended = service.ended()
    assert b"Something went wrong on our side" not in answer.content
    assert ended.ending != "failed"


def test_more_than_fifty_streams_are_open_at_once(service: Service, zai: Any) -> None:
    started = threading.Barrier(61, timeout=20)

    def caller() -> None:
        with service.stream("sim:stall=60@1") as response:
            next(chunk for chunk in response.iter_bytes() if b"data:" in chunk)
            started.wait()

    threads = [threading.Thread(target=caller) for _ in range(60)]
    for thread in threads:
        thread.start()
    started.wait()
    for thread in threads:
        thread.join()
    assert zai.state()["total"] == 60


def test_an_error_with_status_200_is_an_error(service: Service) -> None:
    response = service.post("sim:json-error=1210")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "1210"


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\x85b", "🙂 你好"])
def test_line_separators_of_unicode_are_text(settings: Any, text: str) -> None:
    response, ended = ask(settings, answering(event(text), *WHOLE[1:]))
    assert text_of(response.content) == text
    assert ended.ending == "completed"


def test_a_last_event_without_its_blank_line_counts(settings: Any) -> None:
    response, ended = ask(settings, answering(event("Hi"), event("", "stop").strip()))
    assert frames(response.content)[-1] == DONE
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")


def test_an_end_without_finish_reason_is_no_end(settings: Any) -> None:
    response, ended = ask(settings, answering(event("Hi")))
    assert "error" in frames(response.content)[-1]
    assert ended.ending == "upstream_failed"


def test_what_came_before_a_fault_reaches_the_caller(settings: Any) -> None:
    reset = bytes([1, 0, 0, 0, 0, 0, 0, 0])

    def then_reset(connection: socket.socket) -> None:
        answering(event("one"), event("two"), b'data: {"id":"1","cho')(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)

    response, ended = ask(settings, then_reset)
    assert text_of(response.content) == "onetwo"
    assert b'"cho' not in response.content.replace(b'"choices"', b"")
    assert ended.ending == "upstream_failed"


def test_an_answer_is_over_with_done_even_if_the_connection_stays(
    settings: Any,
) -> None:
    left = threading.Event()

    def stay(connection: socket.socket) -> None:
        answering(*WHOLE)(connection)
        assert connection.recv(1) == b""
        left.set()

    response, _ = ask(settings, stay)
    assert frames(response.content)[-1] == DONE
    assert left.wait(20)


def test_the_callers_messages_are_not_changed(service: Service) -> None:
    image = "data:image/png;base64,iVBORw0KGgo="
    part = {"type": "image_url", "image_url": {"url": image}}
    body = {
        "model": "glm-4.6v",
        "stream": False,
        "messages": [{"role": "user", "content": [part]}],
    }
    assert service.send(body).status_code == 200
    assert part["image_url"]["url"] == image


def test_a_header_of_nine_thousand_bytes_is_no_fault(settings: Any) -> None:
    policy = "text/event-stream\r\nContent-Security-Policy: " + "a" * 9_000

    response, ended = ask(settings, answering(*WHOLE, kind=policy))

    assert frames(response.content)[-1] == DONE
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")
