"""LiteLLM as the bridge for Anthropic's clients, which asks `/v1/responses`.

Prints what came as JSON. A program of its own, for LiteLLM warns and leaves threads
behind.
"""

import asyncio
import json
import sys
from typing import Any

import litellm

BASE_URL = sys.argv[1]
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}


async def ask(*messages: Any, **asked: Any) -> Any:
    return await litellm.anthropic.messages.acreate(
        model="openai/glm-4.6",
        api_base=BASE_URL,
        api_key="any",
        max_tokens=4000,
        messages=list(messages),
        tools=[WEATHER],
        **asked,
    )


async def main() -> None:
    whole = await ask(QUESTION)
    [call] = [part for part in whole["content"] if part["type"] == "tool_use"]
    result = {
        "type": "tool_result",
        "tool_use_id": call["id"],
        "content": "It rains.",
    }
    again = await ask(
        QUESTION,
        {"role": "assistant", "content": whole["content"]},
        {"role": "user", "content": [result]},
        system="Be short.",
    )
    streamed = b"".join(
        [
            piece if isinstance(piece, bytes) else json.dumps(piece).encode()
            async for piece in await ask(QUESTION, stream=True)
        ]
    )
    found = {
        "call": [call["name"], call["input"], whole["stop_reason"]],
        "again": "".join(part.get("text") or "" for part in again["content"]),
        "tokens": whole["usage"]["output_tokens"],
        "streamed": streamed.decode(),
    }
    print(json.dumps(found))


asyncio.run(main())
