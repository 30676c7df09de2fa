"""Bodies: what the four dialects take, and then something in it is not."""

import random
from typing import Any

from attacks.fuzz.noise import noisy
from attacks.fuzz.values import mutated, written

DOORS = ("/api/chat", "/v1/chat/completions", "/v1/responses")
PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}}}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "a", "parameters": PARAMETERS},
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"place": "Paris"}'},
}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K"}}
NATIVE: dict[str, Any] = {
    "model": "glm-4.6",
    "stream": False,
    "messages": [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, IMAGE]},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."},
        {"role": "user", "content": "And now?"},
    ],
    "temperature": 0.7,
    "top_p": 0.9,
    "max_tokens": 100,
    "do_sample": True,
    "stop": ["END"],
    "tools": [TOOL],
    "tool_choice": "auto",
    "thinking": {"type": "enabled", "clear_thinking": False},
    "response_format": {"type": "json_object"},
    "user_id": "person-123",
    "request_id": "request-123456",
    "meta": {"user_region": "de"},
    "store": True,
    "tool_stream": True,
    "reasoning_effort": "low",
}
OPENAI: dict[str, Any] = {
    **{name: NATIVE[name] for name in ("model", "messages", "tools", "stop", "stream")},
    "temperature": 1.4,
    "max_completion_tokens": 100,
    "n": 1,
    "user": "person-123",
    "stream_options": {"include_usage": True},
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "place", "strict": True, "schema": PARAMETERS},
    },
}
USE_CHAT: dict[str, Any] = {
    "id": "chat-1",
    "trigger": "submit-message",
    "system": "You help.",
    "callSettings": {"maxTokens": 100, "temperature": 0.7, "topP": 0.9, "seed": 1},
    "config": {"modelName": "glm-4.6", "reasoningEffort": "low"},
    "messages": [
        {
            "id": "m1",
            "role": "user",
            "parts": [
                {"type": "text", "text": "Hello", "state": "done"},
                {"type": "file", "mediaType": "image/png", "url": "data:image/png,a"},
            ],
        },
        {
            "id": "m2",
            "role": "assistant",
            "metadata": {"requestId": "req_1"},
            "parts": [
                {"type": "step-start"},
                {"type": "reasoning", "text": "Well."},
                {
                    "type": "tool-weather",
                    "toolCallId": "call_1",
                    "state": "output-available",
                    "input": {"place": "Paris"},
                    "output": {"sky": "blue"},
                },
                {
                    "type": "dynamic-tool",
                    "toolName": "other",
                    "toolCallId": "call_2",
                    "state": "output-error",
                    "input": {},
                    "errorText": "no",
                },
                {"type": "source-url", "sourceId": "s", "url": "https://a.example"},
            ],
        },
        {"id": "m3", "role": "user", "parts": [{"type": "text", "text": "And?"}]},
    ],
    "model": "glm-4.6",
    "tools": [TOOL],
}
FUNCTION = {"type": "function", "name": "weather", "parameters": PARAMETERS}
RESPONSES: dict[str, Any] = {
    "model": "glm-4.6",
    "stream": False,
    "instructions": "You help.",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is it?"},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0K"},
            ],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "a"},
        {"type": "item_reference", "id": "msg_" + "0" * 27 + "_0"},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "weather",
            "arguments": '{"place": "Paris"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "Sunny."},
        {"role": "user", "content": "And now?"},
    ],
    "tools": [
        FUNCTION,
        {"type": "custom", "name": "patch", "format": {"type": "text"}},
        {"type": "namespace", "name": "n", "tools": [FUNCTION]},
    ],
    "tool_choice": {"type": "function", "name": "weather"},
    "temperature": 1.4,
    "max_output_tokens": 100,
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {"format": {"type": "json_schema", "name": "a", "schema": PARAMETERS}},
    "include": ["reasoning.encrypted_content"],
    "metadata": {"ticket": "1"},
    "user": "person-123",
    "store": True,
}
DIALECTS = (
    (NATIVE, DOORS[0]),
    (OPENAI, DOORS[1]),
    (USE_CHAT, DOORS[0]),
    (RESPONSES, DOORS[2]),
)
ENCODINGS = ("utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-16-be")


def made(chance: random.Random) -> tuple[str, bytes]:
    """A door and a body."""
    pattern, door = chance.choice(DIALECTS)
    body = dict(pattern)
    for name in list(body):
        if name not in ("messages", "trigger", "input") and chance.random() < 0.6:
            del body[name]
    if "stream" in body and chance.random() < 0.5:
        body["stream"] = True
    times = chance.choice([0, 1, 1, 1, 2, 3, 8])
    text = written(mutated(body, chance, times))
    if chance.random() < 0.02:
        text = text.replace("And", "And " + chance.choice("a-\\\"'[{") * 300_000, 1)
    if chance.random() < 0.03:
        data = text.encode(chance.choice(ENCODINGS), "replace")
    else:
        data = text.encode()
    if chance.random() < 0.25:
        data = noisy(data, chance, chance.choice([1, 1, 2, 5]))
    return (chance.choice(DOORS) if chance.random() < 0.1 else door), data
