"""The AI SDK's provider for whatever speaks like OpenAI, at `/v1`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.tests.clients.ai_sdk import run
from chat.tests.serving import Service
from chat.tests.waiting import eventually

pytestmark = pytest.mark.once

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(service: Service, client: Path) -> Ask:
    """Asks through `streamText`, or `generateText` with `whole`."""

    def asked(text: str, **options: Any) -> dict[str, Any]:
        url = f"{service.url}/v1"
        return run(client / "provider.mjs", url=url, text=text, **options)

    return asked


def test_a_streamed_answer_is_the_whole_one(ask: Ask, service: Service) -> None:
    streamed = ask("Hello sim:unicode", includeUsage=True)
    whole = ask("Hello sim:unicode", whole=True)

    message = service.post("Hello sim:unicode", stream=False).json()["choices"][0]
    for heard in (streamed, whole):
        assert heard["text"] == message["message"]["content"]
        assert heard["reasoning"] == message["message"]["reasoning_content"]
        assert (heard["finishReason"], heard["errors"]) == ("stop", [])
    tokens = [heard["usage"]["totalTokens"] for heard in (streamed, whole)]
    assert tokens[0] == tokens[1] > 0


def test_options_of_zai_go_through(ask: Ask) -> None:
    heard = ask("Hello", options={"thinking": {"type": "disabled"}})

    assert heard["text"]
    assert "reasoning-start" not in heard["kinds"]


@pytest.mark.parametrize("tool_stream", [False, True])
def test_a_tool_is_called_and_its_answer_taken(ask: Ask, tool_stream: bool) -> None:
    options = {"tool_stream": tool_stream}
    heard = ask("What is the weather in Paris?", tool="It rains.", options=options)

    [call] = heard["calls"]
    assert (call["toolName"], call["input"]) == ("get_weather", {"city": "Paris"})
    assert "tool-input-delta" in heard["kinds"]
    assert heard["text"].endswith("It rains.")


def test_a_tool_is_called_by_a_whole_answer(ask: Ask) -> None:
    heard = ask("What is the weather in Paris?", tool="It rains.", whole=True)

    assert [call["toolName"] for call in heard["calls"]] == ["get_weather"]
    assert heard["text"].endswith("It rains.")


@pytest.mark.parametrize(
    ("scenario", "status"), [("sim:error=1301", 400), ("sim:error=1113", 502)]
)
@pytest.mark.parametrize("whole", [False, True])
def test_an_error_has_its_status_and_sentence(
    ask: Ask, service: Service, scenario: str, status: int, whole: bool
) -> None:
    [error] = ask(scenario, whole=whole)["errors"]

    assert (error["name"], error["statusCode"]) == ("AI_APICallError", status)
    assert error["message"] == service.post(scenario).json()["detail"]


@pytest.mark.parametrize("scenario", ["sim:cut=3 sim:events=9", "sim:network-error"])
def test_an_answer_that_broke_off_is_an_error(ask: Ask, scenario: str) -> None:
    heard = ask(scenario)

    assert heard["text"]
    assert "Z.AI" in heard["errors"][0]["message"]
    assert "finishReason" not in heard


def test_who_aborts_is_gone_and_zai_is_told(
    ask: Ask, service: Service, zai: Any
) -> None:
    assert ask("sim:trickle=0.2", stop=True)["text"]

    assert service.ended().ending == "client_disconnected"
    eventually(lambda: zai.state()["requests"][0]["how"] == "client_left")
