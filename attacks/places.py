"""Bodies that hold a marker, in each place that takes text."""

import json
import uuid
from typing import Any

DOORS = ("/api/chat", "/v1/chat/completions")
RESPONSES = "/v1/responses"
HELLO = {"role": "user", "content": "Hello"}


def bodies_with(marker: str, *without: str) -> list[tuple[str, dict[str, Any]]]:
    """Bodies that hold the marker in one place each, by the name of the place."""
    function = {"name": marker, "description": marker, "parameters": {marker: marker}}
    image = {"type": "image_url", "image_url": {"url": marker}}
    call = {"id": marker, "type": marker, "function": {"name": marker}}
    fields: dict[str, Any] = {
        "role": {"messages": [{"role": marker, "content": "a"}]},
        "content type": {"messages": [{**HELLO, "content": {marker: marker}}]},
        "part": {"messages": [{**HELLO, "content": [{"type": marker}]}]},
        "image": {"messages": [{**HELLO, "content": [image]}]},
        "call": {"messages": [HELLO, {"role": "assistant", "tool_calls": [call]}]},
        "key": {marker: marker},
        "key of a message": {"messages": [{**HELLO, marker: marker}]},
        "stream": {"stream": marker},
        "temperature": {"temperature": marker},
        "max_tokens": {"max_tokens": marker},
        "stop": {"stop": [marker]},
        "tools": {"tools": [{"type": marker, "function": function}]},
        "tool": {"tools": [{"type": "function", "function": function}]},
        "tool_choice": {"tool_choice": marker},
        "thinking": {"thinking": {"type": marker, marker: marker}},
        "response_format": {"response_format": {"type": marker}},
        "reasoning_effort": {"reasoning_effort": marker},
        "meta": {"meta": {marker: marker}},
        "user_id": {"user_id": marker},
        "stream_options": {"stream_options": {marker: marker}},
        "trigger": {"trigger": marker, "messages": [{"parts": [{"type": marker}]}]},
        "JSON": {"messages": [HELLO], "a": {marker: [marker] * 3}},
    }
    return [(n, asking(**each)) for n, each in fields.items() if n not in without]


def items_with(marker: str) -> list[tuple[str, dict[str, Any]]]:
    """The same for OpenAI's Responses. `metadata`, `user` and the name of a format come
    back by contract."""
    said = {"role": "user", "content": "Hello"}
    call = {"type": "function_call", "call_id": marker, "name": marker}
    function = {"type": "function", "name": marker, "description": marker}
    fields: dict[str, Any] = {
        "role": {"input": [{"role": marker, "content": "a"}]},
        "type": {"input": [said, {"type": marker}]},
        "part": {"input": [{**said, "content": [{"type": marker}]}]},
        "image": {
            "input": [
                {**said, "content": [{"type": "input_image", "image_url": marker}]}
            ]
        },
        "call": {"input": [said, {**call, "arguments": marker, "namespace": marker}]},
        "output": {
            "input": [
                said,
                {"type": "function_call_output", "call_id": marker, "output": marker},
            ]
        },
        "reference": {"input": [said, {"type": "item_reference", "id": marker}]},
        "thoughts": {
            "input": [said, {"type": "reasoning", "encrypted_content": marker}]
        },
        "instructions": {"instructions": marker},
        "previous": {"previous_response_id": marker},
        "conversation": {"conversation": {"id": marker}},
        "prompt": {"prompt": {marker: marker}},
        "include": {"include": [marker]},
        "format": {"text": {"format": {"type": marker}}},
        "schema": {
            "text": {"format": {"type": "json_schema", "schema": [marker]}},
        },
        "tool": {"tools": [{**function, "parameters": {marker: marker}}]},
        "free-form": {
            "tools": [{"type": "custom", "name": marker, "format": {"type": marker}}]
        },
        "namespace": {
            "tools": [{"type": "namespace", "name": marker, "tools": [function]}]
        },
        "hosted": {"tools": [{"type": marker}]},
        "tool_choice": {"tool_choice": {"type": marker, "name": marker}},
        "reasoning": {"reasoning": {"effort": marker, "summary": marker}},
        "key": {marker: {marker: marker}},
    }
    asked: dict[str, Any] = {"input": [said], "stream": False}
    return [(name, {**asked, **each}) for name, each in fields.items()]


def requests_with(marker: str) -> list[tuple[str, str, bytes]]:
    """Requests that hold the marker in one place each: the place, the door, a body."""
    asked = [(n, d, body) for n, body in bodies_with(marker) for d in DOORS]
    asked += [(name, RESPONSES, body) for name, body in items_with(marker)]
    return [(name, door, json.dumps(body).encode()) for name, door, body in asked]


def asking(**fields: Any) -> dict[str, Any]:
    return {"messages": [HELLO], "stream": False, **fields}


def new_marker() -> str:
    """Six letters or more, for what has to be a word or an identifier."""
    return f"marked{uuid.uuid4().hex}"
