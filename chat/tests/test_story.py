"""What the log says of an exchange."""

import logging
from typing import Any

import pytest

from chat.tests.serving import Service

FIGURES = {
    "model": "glm-4.6",
    "ending": "completed",
    "finish_reason": "stop",
    "status": 200,
    "tries": 1,
}


def test_the_line_has_its_figures_by_name(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service.post()
    service.line()
    [record] = [r for r in caplog.records if r.name == "chat.exchange"]
    found: dict[str, Any] = vars(record)
    assert {name: found[name] for name in FIGURES} == FIGURES
    assert found["duration"] >= found["first_event"] > 0
    assert found["completion_tokens"] > 0


def test_text_is_in_the_log_at_debug_alone(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat")
    service.post("quixotic")
    service.line()
    assert "quixotic" not in caplog.text
    caplog.set_level(logging.DEBUG, "chat")
    service.post("quixotic")
    service.line()
    for said in (
        "=== Z.AI SDK Request ===",
        "quixotic",
        "=== Streaming Response Started ===",
        "Delta content: ",
        "=== Streaming Complete ===",
    ):
        assert said in caplog.text
    assert "test-secret" not in caplog.text


def told_at_debug(service: Service, caplog: pytest.LogCaptureFixture) -> str:
    service.line()
    assert "test-secret" not in caplog.text
    return caplog.text


def test_at_debug_messages_are_json(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chat")
    service.post("quixotic")
    told = told_at_debug(service, caplog)
    assert 'Messages: [{"role":"user","content":"quixotic"}]' in told
    assert 'Parameters: {"temperature":0.7,"max_tokens":' in told


def test_at_debug_the_head_of_z_ais_answer_is_told_without_its_cookies(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chat")
    service.post()
    told = told_at_debug(service, caplog).lower()
    assert "answers with status 200 and headers {" in told
    assert '"content-type":"text/event-stream' in told
    assert "set-cookie" not in told


def test_at_debug_an_answer_in_one_piece_is_told(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chat")
    said = service.post(stream=False).json()["choices"][0]["message"]["content"]
    told = told_at_debug(service, caplog)
    assert f"Content: {said}" in told


def test_at_debug_a_failure_of_z_ais_has_its_traceback(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chat")
    service.post("sim:error=1113")
    told = told_at_debug(service, caplog)
    assert "answers with status 429" in told
    assert "Traceback" in told and "UpstreamRejected" in told


def test_at_info_no_failure_of_z_ais_has_a_traceback(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat")
    service.post("sim:error=1113")
    service.line()
    assert "Traceback" not in caplog.text
