"""What assistant-ui posts beside the messages, taken as it means."""

from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.failures import Refused
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.serving import Service
from chat.tests.test_ui_messages import asks, read, says

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}


def sent(**body: Any) -> ChatRequest:
    """What becomes of a body with the fields that the transport always has."""
    return read(says("Hi"), **{"tools": {}, **body}, metadata=None, messageId=None)


def test_its_defaults_ask_for_nothing() -> None:
    assert sent() == read(says("Hi"))


def test_tools_by_name_become_a_list() -> None:
    weather = {"description": "The weather", "parameters": CITY}
    hidden = {"parameters": CITY, "providerOptions": {"openai": {"a": 1}}}
    assert sent(tools={"weather": weather, "map": hidden}).parameters["tools"] == [
        {"type": "function", "function": {"name": "weather", **weather}},
        {"type": "function", "function": {"name": "map", "parameters": CITY}},
    ]


def test_a_list_of_tools_stays_as_it_is() -> None:
    tools = [{"type": "web_search", "web_search": {"enable": True}}]
    assert sent(tools=tools).parameters["tools"] == tools


def test_system_is_put_first(settings: Any) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Not this"
    first = {"role": "system", "content": "Be kind."}
    assert sent(system="Be kind.").messages[0] == first

    asked = read(says("Be brief.", "system"), says("Hi"), system="Be kind.")
    contents = [message["content"] for message in asked.messages]
    assert contents == ["Be kind.", "Be brief.", "Hi"]


def test_without_system_the_services_own_is_put_first(settings: Any) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be kind."
    assert sent(system="").messages[0]["content"] == "Be kind."


def test_call_settings_become_parameters() -> None:
    given = {"maxTokens": 9, "temperature": 0, "topP": 0.5, "seed": 0}
    ignored = {"presencePenalty": 1, "frequencyPenalty": 1, "headers": {"a": "b"}}
    assert sent(callSettings={**given, **ignored}).parameters == {
        "max_tokens": 9,
        "temperature": 0,
        "top_p": 0.5,
        "seed": 0,
    }


def test_a_higher_temperature_is_zais_highest() -> None:
    assert sent(callSettings={"temperature": 1.5}).parameters["temperature"] == 1


def test_config_names_the_model() -> None:
    asked = sent(config={"modelName": "glm-5.3", "reasoningEffort": "low"})
    assert asked.model == "glm-5.3"
    assert asked.parameters["reasoning_effort"] == "low"


def test_fields_of_the_body_win() -> None:
    asked = sent(
        model="glm-5.3",
        max_tokens=5,
        reasoning_effort="high",
        callSettings={"maxTokens": 9},
        config={"modelName": "glm-5", "reasoningEffort": "low"},
    )
    assert asked.model == "glm-5.3"
    assert asked.parameters["max_tokens"] == 5
    assert asked.parameters["reasoning_effort"] == "high"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"callSettings": {"maxTokens": 0}}, "callSettings.maxTokens"),
        ({"callSettings": {"temperature": "hot"}}, "callSettings.temperature"),
        ({"config": {"modelName": "x" * 101}}, "config.modelName"),
        ({"system": ["Be kind."]}, "system"),
        ({"tools": {str(n): {} for n in range(129)}}, "tools"),
        ({"tools": {"a": {"parameters": 5}}}, "tools[...].parameters"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(Refused) as caught:
        sent(**body)
    assert caught.value.param == param


def test_a_key_of_its_config_is_kept_nowhere(service: Service, caplog: Any) -> None:
    caplog.set_level("DEBUG", "chat")
    key = "a-key-of-the-page"
    body = asks(says("Hi"), config={"apiKey": key, "baseUrl": f"https://{key}/"})
    assert service.send(body).status_code == 200
    assert key not in repr(vars(only_row())) + caplog.text
