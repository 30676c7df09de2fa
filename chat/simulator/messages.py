"""Which conversations Z.AI takes."""

from typing import Any

from .faults import Fault
from .request import ChatRequest, parts_of

_ROLES = ("system", "user", "assistant", "tool")
_PARTS = ("text", "image_url", "video_url", "file", "file_url")


def check(request: ChatRequest) -> None:
    """Raise the `Fault` of a conversation that Z.AI would not take."""
    given = request.body.get("messages")
    if given is None:
        raise Fault("1213", field="messages")
    if given == []:
        raise Fault("1214", "Input cannot be empty")
    if not isinstance(given, list) or not all(_is_message(m) for m in given):
        raise Fault("1214")
    # Z.AI wants the caller to speak first, and more than instructions.
    spoken = [message["role"] for message in given if message["role"] != "system"]
    if not spoken or spoken[0] != "user":
        raise Fault("1214")
    if given[-1]["role"] == "user" and not _says_something(given[-1]):
        raise Fault("1214", "Input cannot be empty")


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        return False
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        return False
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list) or not all(isinstance(c, dict) for c in calls):
        return False
    if calls and message.get("content") is None:
        return True
    content = message.get("content")
    if isinstance(content, list):
        return all(isinstance(p, dict) and p.get("type") in _PARTS for p in content)
    return isinstance(content, str)


def _says_something(message: dict[str, Any]) -> bool:
    return any(
        part.get("text") or part.get("type") != "text" for part in parts_of(message)
    )
