"""OpenAI's client and agents for JavaScript, and `@ai-sdk/open-responses`."""

from typing import Any

import pytest

from chat.tests.clients.ai_sdk import installed, run
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


def test_openais_client_and_its_agents(service: Service) -> None:
    folder = installed("openai-node")
    heard = run(folder / "responses.mjs", url=f"{service.url}/v1")

    assert heard["parse"]["title"] == "Rome"
    assert heard["stream"]["text"] == heard["stream"]["whole"] != ""
    assert heard["stream"]["status"] == "completed"
    assert heard["refused"] == {"name": "BadRequestError", "status": 400}
    assert heard["brokenOff"]["name"] == "APIError"
    for answers in (heard["agent"], heard["streamedAgent"]):
        assert answers["first"].endswith("It rains in Paris.")
        assert "It rains in Paris." in answers["again"]


@pytest.mark.parametrize("whole", [False, True])
def test_open_responses(service: Service, whole: bool) -> None:
    program = installed("ai-v7") / "open_responses.mjs"
    asked: dict[str, Any] = {"url": f"{service.url}/v1", "whole": whole}
    turns = ["What is the weather in Paris?", "sim:echo"]
    heard = run(program, turns=turns, tool="It rains.", **asked)

    assert heard["errors"] == []
    assert [call["toolName"] for call in heard["calls"]] == ["get_weather"]
    assert heard["text"][0].endswith("It rains.")
    assert heard["reasoning"][0]
    assert "It rains." in heard["text"][1]

    [error] = run(program, turns=["sim:error=1301"], **asked)["errors"]
    assert error["statusCode"] == 400
