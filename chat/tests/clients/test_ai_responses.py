"""The AI SDK's `openai('…')`, which asks `/v1/responses`, in its versions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.tests.clients.ai_sdk import run
from chat.tests.serving import Service
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

Ask = Callable[..., dict[str, Any]]
STREAMED = {"reasoning-delta", "text-delta", "tool-input-delta", "tool-call"}
WEATHER = "What is the weather in Paris?"


@pytest.fixture
def ask(service: Service, client: Path) -> Ask:
    def asked(*turns: str, **options: Any) -> dict[str, Any]:
        url = f"{service.url}/v1"
        return run(client / "responses.mjs", url=url, turns=turns, **options)

    return asked


def referred(heard: dict[str, Any]) -> list[str]:
    """The types of what later requests refer to."""
    return [
        item["id"].partition("_")[0]
        for body in heard["sent"]
        for item in body["input"]
        if item.get("type") == "item_reference"
    ]


@pytest.mark.parametrize(
    ("store", "whole"), [(True, False), (True, True), (False, False)]
)
def test_a_tool_is_called_and_later_turns_know_of_it(
    ask: Ask, store: bool, whole: bool
) -> None:
    heard = ask(WEATHER, "sim:echo", tool="It rains.", store=store, whole=whole)

    assert heard["errors"] == []
    [call] = heard["calls"]
    assert (call["toolName"], call["input"]) == ("get_weather", {"city": "Paris"})
    assert heard["text"][0].endswith("It rains.")
    assert heard["reasoning"][0]
    assert heard["usage"]["totalTokens"] > 0
    assert bool(referred(heard)) is store
    for known in ("It rains.", "get_weather", "call_"):
        assert known in heard["text"][1]
    assert whole or set(heard["kinds"]) >= STREAMED
    assert heard["finishReason"] == "stop"


def test_an_answer_that_is_cut_off_says_so(ask: Ask) -> None:
    heard = ask("Write a poem sim:length")
    assert (heard["finishReason"], heard["errors"]) == ("length", [])


@pytest.mark.parametrize(
    ("scenario", "status", "whole"),
    [("sim:error=1301", 400, False), ("sim:error=1113", 502, True)],
)
def test_a_refusal_has_its_status_and_sentence(
    ask: Ask, service: Service, scenario: str, status: int, whole: bool
) -> None:
    [error] = ask(scenario, whole=whole)["errors"]
    assert (error["name"], error["statusCode"]) == ("AI_APICallError", status)
    assert error["message"] == service.post(scenario).json()["detail"]


def test_an_answer_that_broke_off_is_an_error(ask: Ask) -> None:
    heard = ask("sim:cut=3 sim:events=9")
    assert heard["text"][0] or heard["reasoning"][0]
    assert len(heard["errors"]) == 1 and "Z.AI" in heard["errors"][0]["message"]


def test_who_aborts_is_gone_and_zai_is_told(
    ask: Ask, service: Service, zai: Any
) -> None:
    assert ask("sim:trickle=0.2", stop=True)["text"]
    assert service.ended().ending == "client_disconnected"
    eventually(lambda: zai.state()["requests"][0]["how"] == "client_left")


def test_where_no_text_is_kept_the_way_out_is_told(
    ask: Ask, service: Service, settings: Any
) -> None:
    settings.CHAT_STORE_TEXT = False
    [error] = ask(WEATHER, "And?", tool="It rains.")["errors"]
    assert error["statusCode"] == 400
    assert "store: false" in error["message"]
    assert ask(WEATHER, "And?", tool="It rains.", store=False)["errors"] == []
