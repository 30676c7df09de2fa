"""Text in spans: only where it is wished, and where the log may keep it."""

import json
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from chat.tests.serving import Service, service_for
from chat.tests.tracing.receiver import Received, attributes
from chat.tests.tracing.spans import ASKED, ask, wait_for
from chat.tracing import beside, tracer

pytestmark = pytest.mark.once

WISH = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object"}},
}


@pytest.fixture
def telling(zai: Any, received: Received, settings: Any) -> Iterator[Service]:
    setattr(settings, WISH, "SPAN_ONLY")
    with service_for() as service:
        yield service


def texts(received: Received) -> dict[str, Any]:
    told = attributes(wait_for(received, ASKED))
    names = ("input.messages", "output.messages", "tool.definitions")
    found = {name: told.get(f"gen_ai.{name}") for name in names}
    return {name: json.loads(value) for name, value in found.items() if value}


def test_what_was_asked_and_answered(telling: Service, received: Received) -> None:
    answer = ask(telling, "Hello there", stream=False).json()
    found = texts(received)
    part = {"type": "text", "content": "Hello there"}
    assert found["input.messages"] == [{"role": "user", "parts": [part]}]
    (said,) = found["output.messages"]
    words = answer["choices"][0]["message"]["content"]
    assert said["parts"][-1] == {"type": "text", "content": words}
    assert (said["role"], said["finish_reason"]) == ("assistant", "stop")


def test_tools_and_their_calls(telling: Service, received: Received) -> None:
    call = {"name": "get_weather", "arguments": '{"city": "Rome"}'}
    history = [
        {"role": "user", "content": "Is it raining?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "yes"},
    ]
    telling.send({"messages": history, "tools": [TOOL]})
    found = texts(received)
    assert found["input.messages"][1]["parts"] == [
        {
            "type": "tool_call",
            "id": "c1",
            "name": "get_weather",
            "arguments": {"city": "Rome"},
        }
    ]
    response = {"type": "tool_call_response", "id": "c1", "response": "yes"}
    assert found["input.messages"][2] == {"role": "tool", "parts": [response]}
    assert found["tool.definitions"][0]["name"] == "get_weather"


def test_what_is_long_is_cut(telling: Service, received: Received) -> None:
    ask(telling, "x" * 200_000)
    assert len(json.dumps(texts(received))) < 80_000


def test_where_too_many_wait_a_span_comes_without(
    telling: Service, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = Event()
    with monkeypatch.context() as patch:
        patch.setattr(beside, "MOST_WAITING", 1)
        busy = beside.Beside()
    assert busy.do(begins.wait) and not busy.do(begins.wait)
    monkeypatch.setattr(tracer._tracer, "_beside", busy)
    ask(telling, "Hello there", stream=False)
    assert not texts(received)
    begins.set()
    busy.close()
    assert not busy.do(begins.wait)


@pytest.mark.parametrize("how", ["not wished", "events", "store", "setting", "no log"])
def test_else_there_is_none(
    zai: Any, received: Received, settings: Any, how: str
) -> None:
    wish = {"not wished": "NO_CONTENT", "events": "EVENT_ONLY"}.get(how, "true")
    setattr(settings, WISH, wish)
    settings.CHAT_STORE_TEXT = how != "setting"
    settings.CHAT_REQUEST_LOG = how != "no log"
    with service_for() as service:
        ask(service, "A private question", store=how != "store")
        assert not texts(received)
    everything = b"".join(span.SerializeToString() for span in received.spans)
    assert b"private" not in everything
