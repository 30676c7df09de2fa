"""`useChat` of the AI SDK 5, 6 and 7, as a page has it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chat.gate.concurrency import Concurrency
from chat.tests.clients.ai_sdk import run
from chat.tests.serving import Service
from chat.tests.test_ui_messages import WEATHER, says
from chat.tests.waiting import eventually

pytestmark = pytest.mark.once

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(service: Service, client: Path) -> Ask:
    """Asks through the SDK; returns what a page would know in the end."""

    def asked(text: str = "", **options: Any) -> dict[str, Any]:
        question = {"message": {"text": text}, "url": f"{service.url}/api/chat"}
        return run(client / "chat.mjs", **{**question, **options})

    return asked


def said(heard: dict[str, Any], kind: str = "text") -> str:
    parts = heard["messages"][-1]["parts"]
    return "".join(part["text"] for part in parts if part["type"] == kind)


def whole(service: Service, text: str, **body: Any) -> Any:
    answer = service.post(text, stream=False, **body).json()
    return answer["choices"][0]["message"]


def test_use_chat_reads_reasoning_text_and_figures(ask: Ask, service: Service) -> None:
    heard = ask("Hello sim:unicode", body={"model": "glm-4.7"})

    assert (heard["status"], heard["finishReason"]) == ("ready", "stop")
    expected = whole(service, "Hello sim:unicode", model="glm-4.7")
    assert said(heard) == expected["content"]
    assert said(heard, "reasoning") == expected["reasoning_content"]
    message = heard["messages"][-1]
    assert {part.get("state", "done") for part in message["parts"]} == {"done"}
    figures = message["metadata"]
    assert figures["requestId"] == message["id"]
    assert figures["model"] == "glm-4.7"
    assert figures["usage"]["outputTokens"] > 0
    assert figures["firstWordMs"] >= 0


def test_use_chat_is_told_its_place_in_line(
    ask: Ask, service: Service, zai: Any, settings: Any
) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_SECONDS = 30.0
    with ThreadPoolExecutor(1) as other:
        held = other.submit(service.post, "sim:stall=4@1 sim:events=3")
        eventually(lambda: zai.state()["open"] == 1)
        heard = ask("Hello")
        assert held.result().status_code == 200
    told = {(part["type"], part["data"]["position"]) for part in heard["data"]}
    assert told == {("data-queue", 1)}
    assert heard["status"] == "ready" and said(heard)
    kinds = {part["type"] for part in heard["messages"][-1]["parts"]}
    assert kinds <= {"step-start", "reasoning", "text"}


def test_use_chat_regenerates_from_the_messages_alone(ask: Ask) -> None:
    old = {**says("An old answer", "assistant"), "id": "old"}
    messages = [{**says("Hello"), "id": "first"}, old]

    heard = ask(messages=messages, regenerate=True)

    assert heard["status"] == "ready"
    assert [m["role"] for m in heard["messages"]] == ["user", "assistant"]
    assert heard["messages"][-1]["id"].startswith("req_")


def test_use_chat_edits_what_was_asked(ask: Ask) -> None:
    old = {**says("An old answer", "assistant"), "id": "old"}
    messages = [{**says("Hello"), "id": "first"}, old]
    edited = {"text": "sim:echo Goodbye", "messageId": "first"}

    heard = ask(messages=messages, message=edited)

    assert heard["status"] == "ready"
    assert [m["role"] for m in heard["messages"]] == ["user", "assistant"]
    assert heard["messages"][0]["id"] == "first"
    assert "Goodbye" in said(heard)
    assert "An old answer" not in said(heard)


def test_use_chat_goes_on_with_what_was_stopped_at_a_thought(ask: Ask) -> None:
    thought = {"type": "reasoning", "text": "Half a", "state": "streaming"}
    stopped = {"id": "old", "role": "assistant", "parts": [thought]}

    heard = ask(messages=[{**says("Hello"), "id": "first"}, stopped], message=None)

    assert heard["status"] == "ready"
    assert [m["id"] for m in heard["messages"]] == ["first", "old"]
    assert said(heard)


@pytest.mark.parametrize("tool_stream", [False, True])
def test_use_chat_calls_tools_and_goes_on_with_their_answers(
    ask: Ask, tool_stream: bool
) -> None:
    body = {"tools": [WEATHER], "tool_stream": tool_stream}

    heard = ask("sim:tools=1", body=body, output="It rains.")

    assert heard["status"] == "ready"
    assert [m["role"] for m in heard["messages"]] == ["user", "assistant"]
    [call] = [p for p in heard["messages"][1]["parts"] if p["type"] == "tool-weather"]
    assert isinstance(call["input"]["city"], str)
    assert "input-streaming" in heard["states"]
    assert "It rains." in said(heard)


def test_use_chat_shows_the_sources_of_a_search(ask: Ask) -> None:
    search = {"type": "web_search", "web_search": {"enable": True, "count": 2}}

    heard = ask("Hello", body={"tools": [search]})

    kinds = [part["type"] for part in heard["messages"][-1]["parts"]]
    assert kinds.count("source-url") == 2


def test_use_chat_sends_images(ask: Ask) -> None:
    image = {
        "type": "file",
        "mediaType": "image/png",
        "url": f"data:image/png;base64,{PIXEL}",
    }
    parts = [{"type": "text", "text": "sim:echo"}, image]

    heard = ask(message={"parts": parts}, body={"model": "glm-4.5v"})

    assert heard["status"] == "ready"
    assert '"image_url"' in said(heard)
    assert PIXEL[:40] in said(heard)


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [("sim:length", "length"), ("sim:sensitive", "content-filter")],
)
def test_use_chat_knows_why_an_answer_ended(
    ask: Ask, scenario: str, reason: str
) -> None:
    heard = ask(scenario)

    assert (heard["status"], heard["finishReason"]) == ("ready", reason)


def test_use_chat_shows_the_sentence_of_a_refusal(ask: Ask, service: Service) -> None:
    heard = ask("sim:error=1301")

    assert heard["status"] == "error"
    assert heard["error"] == service.post("sim:error=1301").json()["detail"]


def test_use_chat_shows_the_sentence_when_an_image_is_too_large(
    ask: Ask, settings: Any
) -> None:
    settings.CHAT_MAX_BODY_BYTES = 10_000
    tool = {"function": {"name": "clock", "description": "x" * 5_000}}
    url = f"data:image/png;base64,{'A' * 100_000}"
    image = {"type": "file", "mediaType": "image/png", "url": url}

    heard = ask(message={"parts": [image]}, body={"tools": [tool]})

    assert heard["status"] == "error"
    assert heard["error"] == "The body is larger than 10000 bytes."


@pytest.mark.parametrize(
    "scenario", ["sim:cut=3 sim:events=9", "sim:network-error", "sim:no-finish"]
)
def test_use_chat_never_takes_what_broke_off_for_finished(
    ask: Ask, scenario: str
) -> None:
    heard = ask(scenario)

    assert heard["status"] == "error"
    assert "Z.AI" in heard["error"]
    assert heard["messages"][-1]["role"] == "assistant"  # what came of it is kept
    assert heard["messages"][-1]["parts"][-1]["state"] == "streaming"


def test_use_chat_stops_and_zai_is_told(ask: Ask, service: Service, zai: Any) -> None:
    heard = ask("sim:trickle=0.2", stop=True)

    assert heard["isAbort"]
    assert service.ended().ending == "client_disconnected"
    eventually(lambda: zai.state()["requests"][0]["how"] == "client_left")
