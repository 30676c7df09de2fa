"""Clients for Python that ask `/v1/responses`: agents, LangChain, LiteLLM's bridge."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from chat.tests.clients.agents_sdk import FOLDER, python
from chat.tests.clients.ai_sdk import CLIENTS
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

pytestmark = [
    pytest.mark.once,
    pytest.mark.timeout(700),
    pytest.mark.django_db(transaction=True),
]
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


class Plan(BaseModel):
    title: str
    days: int


@pytest.fixture(scope="module")
def interpreter() -> Path:
    return python()


@pytest.fixture
def langchain(service: Service) -> Iterator[ChatOpenAI]:
    with httpx.Client(trust_env=False, timeout=SECONDS) as transport:
        yield ChatOpenAI(
            model="glm-4.6",
            base_url=f"{service.url}/v1",
            api_key=SecretStr("unused"),
            use_responses_api=True,
            max_retries=0,
            http_client=transport,
        )


def run(python: Path | str, program: Path, service: Service) -> dict[str, Any]:
    done = subprocess.run(
        [python, program, f"{service.url}/v1"],
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"},
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])
    return found


def test_agents_and_pydantic_ai(interpreter: Path, service: Service) -> None:
    found = run(interpreter, FOLDER / "responses.py", service)

    for heard in (agents := found["agents"], pydantic := found["pydantic"]):
        assert heard["whole"] == heard["streamed"]
        assert heard["whole"].endswith("It rains in Rome.")
        assert heard["plan"]["title"] == "Rome"
        assert "It rains in Rome." in heard["again"]
    assert agents["has deltas"] and agents["broken off"] == "APIError"
    assert pydantic["thinks"] and pydantic["refused"] == "ModelRequestRejectedError"


def test_langchain(langchain: ChatOpenAI) -> None:
    model = langchain.bind_tools([WEATHER])
    asked: list[Any] = [HumanMessage("What is the weather in Rome?")]
    whole: Any = model.invoke(asked)
    [call] = whole.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Rome"})

    streamed: Any = None
    for chunk in model.stream(asked):
        streamed = chunk if streamed is None else streamed + chunk
    assert streamed.tool_calls[0]["args"] == call["args"]
    assert streamed.usage_metadata["total_tokens"] > 0

    for answer in (whole, streamed):
        output = ToolMessage("It rains.", tool_call_id=answer.tool_calls[0]["id"])
        again: Any = model.invoke([*asked, answer, output])
        assert again.text.endswith("It rains.")


def test_objects_by_langchain(langchain: ChatOpenAI) -> None:
    planner = langchain.with_structured_output(Plan)
    plan = planner.invoke("Plan two days in Rome sim:fenced")
    assert isinstance(plan, Plan) and plan.title == "Rome"


def test_litellms_bridge_for_anthropics_clients(service: Service) -> None:
    found = run(sys.executable, CLIENTS / "litellm_responses.py", service)

    assert found["call"] == ["get_weather", {"city": "Paris"}, "tool_use"]
    assert found["again"].endswith("It rains.")
    assert found["tokens"] > 0
    assert '"tool_use"' in found["streamed"] and "message_stop" in found["streamed"]
    assert "input_json_delta" in found["streamed"]
