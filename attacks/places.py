"""Bodies that hold a marker, in each place that takes text."""

import uuid
from typing import Any

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


def asking(**fields: Any) -> dict[str, Any]:
    return {"messages": [HELLO], "stream": False, **fields}


def new_marker() -> str:
    """Six letters or more, for what has to be a word or an identifier."""
    return f"marked{uuid.uuid4().hex}"
