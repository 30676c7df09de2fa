"""FastAPI with OpenAI's own async client, as its documentation has it."""

import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
client = AsyncOpenAI(
    api_key=os.environ["ZAI_API_KEY"], base_url=os.environ["ZAI_BASE_URL"]
)


class ChatRequest(BaseModel):
    messages: list[dict[str, Any]]
    model: str = "glm-4.6"
    stream: bool = True
    temperature: float = 0.7
    max_tokens: int = 2048


@app.post("/api/chat")
async def chat(request: ChatRequest) -> Any:
    answer = await client.chat.completions.create(**request.model_dump())
    if request.stream:
        return StreamingResponse(frames(answer), media_type="text/event-stream")
    return answer


async def frames(answer: Any) -> AsyncIterator[str]:
    async for chunk in answer:
        yield f"data: {chunk.model_dump_json()}\n\n"
    yield "data: [DONE]\n\n"
