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
