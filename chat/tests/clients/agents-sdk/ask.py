"""OpenAI's Agents SDK, and the client that it brings, given the address of `/v1`.

Prints what came as JSON. A program of its own, for the SDK wants another version of
OpenAI's client than the tests have.
"""

import asyncio
import json
import sys
from typing import Any

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pydantic import BaseModel

QUESTION = "Plan two days in Rome"


class Plan(BaseModel):
    title: str
    days: int
    stops: list[str]


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


async def main(base_url: str) -> None:
    set_tracing_disabled(True)
    async with AsyncOpenAI(base_url=base_url, api_key="any", max_retries=0) as client:
        model = OpenAIChatCompletionsModel("glm-4.6", client)
        planner = Agent(name="Planner", model=model, output_type=Plan)
        whole = await Runner.run(planner, f"{QUESTION} sim:fenced")
        streamed = Runner.run_streamed(planner, f"{QUESTION} sim:fenced")
        kinds = {event.type async for event in streamed.stream_events()}
        found = {
            "whole": told(whole.final_output),
            "streamed": told(streamed.final_output),
            "kinds": sorted(kinds),
            "required": await call(model, "required"),
            "named": await call(model, "get_weather"),
            "parsed": told(await parse(client)),
        }
    print(json.dumps(found))


async def call(model: OpenAIChatCompletionsModel, choice: str) -> Any:
    """Ask what suggests no tool, and have one called all the same."""
    agent = Agent(
        name="Forecaster",
        model=model,
        tools=[get_weather],
        model_settings=ModelSettings(tool_choice=choice),
    )
    return (await Runner.run(agent, "Hello")).final_output


async def parse(client: AsyncOpenAI) -> Plan | None:
    answer = await client.chat.completions.parse(
        model="glm-4.6",
        messages=[{"role": "user", "content": QUESTION}],
        response_format=Plan,
    )
    return answer.choices[0].message.parsed


def told(plan: Any) -> Any:
    return plan.model_dump() if isinstance(plan, Plan) else None


asyncio.run(main(sys.argv[1]))
