"""Thinking, room and patience by the profiles, at every door."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from chat.glm.reading import built_in
from chat.tests.frames import frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import SECONDS

Ask = Callable[..., httpx.Response]
WORD = (
    b'data: {"id":"1","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
)
LEVELS = "high, low, max, medium, minimal, none, xhigh"


def native(url: str, **body: Any) -> httpx.Response:
    return _post(f"{url}/api/chat", messages=_messages(), **body)


def use_chat(url: str, **body: Any) -> httpx.Response:
    parts = [{"type": "text", "text": "Hello"}]
    message = {"id": "1", "role": "user", "parts": parts}
    return _post(f"{url}/api/chat", messages=[message], **body)


def openai(url: str, **body: Any) -> httpx.Response:
    return _post(f"{url}/v1/chat/completions", messages=_messages(), **body)


DOORS = pytest.mark.parametrize("ask", [native, use_chat, openai])


def _messages() -> list[dict[str, str]]:
    return [{"role": "user", "content": "Hello"}]


def _post(url: str, **body: Any) -> httpx.Response:
    return httpx.post(url, json=body, timeout=SECONDS, trust_env=False)


def sent(settings: Any, ask: Ask, **body: Any) -> dict[str, Any]:
    """What Z.AI is asked, when this is asked of the service."""
    bodies: list[bytes] = []
    with scripted(answering(b"data: [DONE]\n\n"), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            ask(service.url, **body)
    asked: dict[str, Any] = msgspec.json.decode(bodies[0])
    return asked


@DOORS
def test_the_contracts_defaults_reach_zai_unchanged(settings: Any, ask: Ask) -> None:
    asked = sent(settings, ask)
    for passing in ("request_id", "messages", "stream"):
        asked.pop(passing)
    assert asked == {"model": "glm-4.6", "temperature": 0.7, "max_tokens": 2048}


@DOORS
@pytest.mark.parametrize(
    "given",
    [
        {"reasoning_effort": "minimal"},
        {"reasoning": {"effort": "none", "summary": "auto"}},
        {"thinking": {"type": "disabled"}},
    ],
)
def test_what_cannot_be_left_out_is_kept_short(
    settings: Any, ask: Ask, given: dict[str, Any]
) -> None:
    asked = sent(settings, ask, model="glm-5.3", **given)
    assert asked["reasoning_effort"] == "low"
    assert asked["max_tokens"] == 2048 + 4096
    assert {"thinking", "reasoning"}.isdisjoint(asked)


@DOORS
def test_who_asks_in_no_way_gets_no_dearest_thoughts(settings: Any, ask: Ask) -> None:
    asked = sent(settings, ask, model="glm-5.3", max_tokens=100)
    assert (asked["reasoning_effort"], asked["max_tokens"]) == ("high", 100)


@DOORS
@pytest.mark.parametrize(
    "given",
    [{"reasoning_effort": "quartz"}, {"reasoning": {"effort": "quartz"}}],
)
def test_an_effort_that_is_none_is_refused(
    service: Service, ask: Ask, given: dict[str, Any]
) -> None:
    refused = ask(service.url, **given)
    assert refused.status_code == 400
    assert f"expected one of {LEVELS}." in refused.text
    assert "quartz" not in refused.text


def test_a_model_of_the_operators_is_known(settings: Any, zai: Any) -> None:
    own = msgspec.structs.replace(built_in()["glm-5.3"], name="ours", silence=0.2)
    settings.ZAI_PROFILES = {**built_in(), "ours": own}

    def falls_silent(connection: Any) -> None:
        answering(WORD)(connection)
        connection.recv(1)  # until the service gives up

    with scripted(falls_silent) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            listed = httpx.get(f"{service.url}/v1/models/ours", trust_env=False).json()
            answer = native(service.url, model="ours")
            ended = service.ended()
    assert (listed["id"], listed["thinking"]) == ("ours", "always")
    assert "fell silent" in answer.text
    assert ended.ending == "upstream_timeout"


@pytest.mark.parametrize("name", ["silence", "whole"])
def test_settings_are_the_most_that_a_profile_gets(
    settings: Any, zai: Any, name: str
) -> None:
    settings.ZAI_FIRST_EVENT_TIMEOUT = settings.ZAI_ANSWER_TIMEOUT = 0.2
    with service_for() as service:
        refused = _post(
            f"{service.url}/api/chat",
            model="glm-5.3",
            messages=[{"role": "user", "content": "sim:silent"}],
            stream=name == "silence",
        )
    assert refused.status_code == 504


# An answer of nothing but thoughts


def test_the_caller_can_tell_that_all_went_into_thoughts(service: Service) -> None:
    asked = {"model": "glm-5.3", "reasoning_effort": "max", "max_tokens": 300}
    answer = service.post("Why?", **asked)
    *_, last, _ = frames(answer.content)
    assert text_of(answer.content) == ""
    assert last["choices"][0]["finish_reason"] == "length"
    ended = service.ended()
    assert (ended.answer, ended.finish_reason) == ("empty", "length")


def test_and_by_openais_and_the_ai_sdks_words(service: Service) -> None:
    asked = {"model": "glm-5.3", "max_tokens": 20}
    choice = openai(service.url, **asked).json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert not choice["message"]["content"]
    stream = use_chat(service.url, **asked).content.removesuffix(b"data: [DONE]\n\n")
    finish = frames(stream)[-1]
    assert finish["finishReason"] == "length"
    assert finish["messageMetadata"]["note"].startswith("All tokens of the answer went")


def test_an_answer_with_words_has_no_note(service: Service) -> None:
    assert '"note"' not in use_chat(service.url).text


def test_with_the_room_that_is_made_it_comes_to_words(service: Service) -> None:
    answer = service.post("Hello", model="glm-5.3", reasoning_effort="max")
    assert "stand-in for Z.AI" in text_of(answer.content)
    assert service.ended().answer == "whole"


# What it costs


def test_an_operators_price_counts(settings: Any, zai: Any) -> None:
    from chat.event import TokenDetails, Usage
    from chat.glm.prices import cost

    usage = Usage(1_000_000, 500_000, TokenDetails(cached_tokens=400_000))
    assert str(cost("GLM-4.6", usage)) == "1.504000"
    cheap = msgspec.structs.replace(built_in()["glm-4.6"], price=None)
    settings.ZAI_PROFILES = {**built_in(), "glm-4.6": cheap}
    assert cost("glm-4.6", usage) is None
    assert cost("glm-9", usage) is None


# What else Z.AI does


def test_who_really_answered_is_told_and_logged(service: Service) -> None:
    answer = service.post("sim:other-model=glm-4.5-air Hello", model="glm-5.3")
    assert {frame["model"] for frame in frames(answer.content)[:-1]} == {"glm-4.5-air"}


def test_damaged_names_of_tools_are_mended(service: Service) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    answer = service.post("sim:broken-names", tools=[tool], stream=False).json()
    [call] = answer["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "weather"
