"""OpenAI's Agents SDK and pydantic-ai, which ask `/v1/responses` by themselves.

Prints what came as JSON, by the name of who asked.
"""

import asyncio
import json
import sys
import warnings
from typing import Any

from agents import (
    Agent,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import APIError, AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent as PydanticAgent
from pydantic_ai import ModelHTTPError, NativeOutput
from pydantic_ai.models.openai import OpenAIResponsesModel as PydanticModel
from pydantic_ai.providers.openai import OpenAIProvider

MODEL = "glm-4.6"
WEATHER = "What is the weather in Rome?"
PLAN = "Plan two days in Rome sim:fenced"
ECHO = "sim:echo"


class Plan(BaseModel):
    title: str
    days: int
    stops: list[str]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


async def ask_by_agents(client: AsyncOpenAI) -> dict[str, Any]:
    model = OpenAIResponsesModel(MODEL, client)
    agent = Agent(name="Forecaster", model=model, tools=[function_tool(get_weather)])
    planner = Agent(name="Planner", model=model, output_type=Plan)
    first = await Runner.run(agent, WEATHER)
    streamed = Runner.run_streamed(agent, WEATHER)
    kinds = {e.data.type async for e in streamed.stream_events() if hasattr(e, "data")}
    asked = [*streamed.to_input_list(), {"role": "user", "content": ECHO}]
    plan = (await Runner.run(planner, PLAN)).final_output
    return {
        "whole": first.final_output,
        "streamed": streamed.final_output,
        "again": (await Runner.run(agent, asked)).final_output,
        "plan": plan.model_dump(),
        "has deltas": "response.function_call_arguments.delta" in kinds,
        "broken off": await raised(_follow(agent)),
    }


async def _follow(agent: Agent[Any]) -> None:
    async for _ in Runner.run_streamed(agent, "sim:cut=3").stream_events():
        pass


async def ask_by_pydantic(client: AsyncOpenAI) -> dict[str, Any]:
    model = PydanticModel(MODEL, provider=OpenAIProvider(openai_client=client))
    agent = PydanticAgent(model, tools=[get_weather])
    planner = PydanticAgent(model, output_type=NativeOutput(Plan))
    first = await agent.run(WEATHER)
    streamed = await agent.run(WEATHER, event_stream_handler=_take_all)
    history = streamed.all_messages()
    again = await agent.run(ECHO, message_history=history)
    return {
        "whole": first.output,
        "streamed": streamed.output,
        "again": again.output,
        "plan": (await planner.run(PLAN)).output.model_dump(),
        "thinks": any(p.part_kind == "thinking" for m in history for p in m.parts),
        "refused": await raised(agent.run("sim:error=1301")),
    }


async def _take_all(_: Any, events: Any) -> None:
    """Given this, pydantic-ai streams; `run_stream` ends with the first word."""
    async for _event in events:
        pass


async def raised(asking: Any) -> str:
    try:
        await asking
    except (APIError, ModelHTTPError) as error:
        return type(error).__name__
    return "nothing"


async def main(base_url: str) -> None:
    set_tracing_disabled(True)
    warnings.simplefilter("ignore")
    async with AsyncOpenAI(base_url=base_url, api_key="any", max_retries=0) as client:
        found = {
            "agents": await ask_by_agents(client),
            "pydantic": await ask_by_pydantic(client),
        }
    print(json.dumps(found))


asyncio.run(main(sys.argv[1]))
