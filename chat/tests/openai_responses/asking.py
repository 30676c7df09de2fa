"""Asks `/v1/responses` over plain HTTP, and reads what comes."""

from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

MODEL = "glm-4.6"
WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
FENCE = "```json\n"


@dataclass(frozen=True)
class Asking:
    service: Service
    headers: dict[str, str]

    def __call__(self, input: Any = "Hello", **asked: Any) -> httpx.Response:
        return httpx.post(
            f"{self.service.url}/v1/responses",
            json={"input": input, **asked},
            headers=self.headers,
            timeout=SECONDS,
            trust_env=False,
        )

    def echo(self, input: Any = "sim:echo", **asked: Any) -> dict[str, Any]:
        """What Z.AI got; `input` has to hold `sim:echo`."""
        answer = self(input, **asked)
        assert answer.status_code == 200, answer.text
        text = text_of(answer.json())
        json = text.partition(FENCE)[2].rpartition("\n```")[0] or text
        got: dict[str, Any] = msgspec.json.decode(json)
        return got

    def stream(self, input: Any = "Hello", **asked: Any) -> list[dict[str, Any]]:
        """The events of a streamed answer, each under its name."""
        body = self(input, stream=True, **asked).content
        return read_events(body)


def asking(service: Service, **headers: str) -> Asking:
    return Asking(service, headers)


def read_events(body: bytes) -> list[dict[str, Any]]:
    events = []
    for frame in body.decode().split("\n\n"):
        if not frame or frame.startswith(":"):
            continue
        name, data = frame.split("\n")
        event = msgspec.json.decode(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def text_of(response: dict[str, Any]) -> str:
    return "".join(
        part["text"]
        for item in response["output"]
        if item["type"] == "message"
        for part in item["content"]
    )


def said(text: str, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": text}
