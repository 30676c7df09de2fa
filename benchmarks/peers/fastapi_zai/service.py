"""FastAPI with Z.AI's official SDK, which is synchronous: a thread for each stream."""

import os
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from zai import ZaiClient

app = FastAPI()
client = ZaiClient(
    api_key=os.environ["ZAI_API_KEY"], base_url=os.environ["ZAI_BASE_URL"]
)


class ChatRequest(BaseModel):
    messages: list[dict[str, Any]]
    model: str = "glm-4.6"
    stream: bool = True
    temperature: float = 0.7
    max_tokens: int = 2048


@app.post("/api/chat")
def chat(request: ChatRequest) -> Any:
    answer = client.chat.completions.create(**request.model_dump())
    if request.stream:
        return StreamingResponse(frames(answer), media_type="text/event-stream")
    return answer


def frames(answer: Any) -> Iterator[str]:
    for chunk in answer:
        yield f"data: {chunk.model_dump_json()}\n\n"
    yield "data: [DONE]\n\n"
