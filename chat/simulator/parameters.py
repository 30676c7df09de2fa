"""What Z.AI refuses in a request, with the code it refuses it by."""

import re
from collections.abc import Callable
from typing import Any

from chat.glm.profile import Thinks

from . import messages, usage
from .faults import Fault
from .request import ChatRequest, part_kinds

_TOOLS = ("function", "retrieval", "web_search", "mcp")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_EFFORTS = {"max", "xhigh", "high", "medium", "low", "minimal", "none"}
_ALWAYS_THINKS = (
    "This model always engages in thinking and cannot be disabled; "
    "please use low, high, or max"
)
_LONGEST = 131_072  # of any model
# As it came through OpenRouter; the code is a guess.
_ONLY_AUTO = "Tool choice must be auto"
_TEXT_ONLY = "messages.content.type 参数非法,取值范围 ['text']"


def check(request: ChatRequest) -> None:
    """Raise the `Fault` of the first parameter that Z.AI would not take."""
    _check_model(request)
    messages.check(request)
    for name, accepts in _RULES.items():
        if name in request.body and not accepts(request.body[name]):
            raise Fault("1210")
    if request.body.get("tool_choice", "auto") != "auto":
        raise Fault("1210", _ONLY_AUTO)
    _check_max_tokens(request)
    _check_thinking(request)
    _check_media(request)
    _check_length(request)


def _check_model(request: ChatRequest) -> None:
    name = request.body.get("model")
    if name is None:
        raise Fault("1213", field="model")
    if not isinstance(name, str) or name.lower() not in request.models:
        raise Fault("1211")


def _check_max_tokens(request: ChatRequest) -> None:
    given = request.body.get("max_tokens")
    longest = request.model.longest or _LONGEST
    if given is not None and not _within(given, 1, longest, int):
        raise Fault("1210")


def _check_thinking(request: ChatRequest) -> None:
    if request.model.thinks is not Thinks.ALWAYS:
        return
    disabled = request.body.get("thinking", {}).get("type") == "disabled"
    effort = request.body.get("reasoning_effort", "max")
    # The endpoint for coding translates the efforts that the model does not know.
    if disabled or (effort not in request.model.efforts and not request.coding):
        raise Fault("1210", _ALWAYS_THINKS)


def _check_media(request: ChatRequest) -> None:
    if request.model.sees_images:
        return
    for message in request.messages:
        if any(kind != "text" for kind in part_kinds(message)):
            raise Fault("1210", _TEXT_ONLY)


def _check_length(request: ChatRequest) -> None:
    context = request.model.context
    if context is not None and usage.prompt_tokens(request) > context:
        raise Fault("1261")


def _within(value: Any, low: float, high: float, *kinds: type) -> bool:
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    return is_number and low <= value <= high


def _is_stop(value: Any) -> bool:
    if isinstance(value, str):
        return True
    return (
        isinstance(value, list)
        and len(value) <= 4
        and all(isinstance(word, str) for word in value)
    )


def _are_tools(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 128 and all(map(_is_tool, value))


def _is_tool(tool: Any) -> bool:
    if not isinstance(tool, dict) or tool.get("type") not in _TOOLS:
        return False
    detail = tool.get(tool["type"])
    if not isinstance(detail, dict):
        return False
    if tool["type"] != "function":
        return True
    name = detail.get("name")
    return isinstance(name, str) and _TOOL_NAME.fullmatch(name) is not None


def _is_one_of(field: str, *allowed: str) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        return isinstance(value, dict) and value.get(field, allowed[0]) in allowed

    return accepts


def _is_text(shortest: int, longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_RULES: dict[str, Callable[[Any], bool]] = {
    "stream": _is_bool,
    "do_sample": _is_bool,
    "tool_stream": _is_bool,
    "temperature": lambda value: _within(value, 0, 1, int, float),
    "top_p": lambda value: _within(value, 0.01, 1, int, float),
    "stop": _is_stop,
    "tools": _are_tools,
    "thinking": _is_one_of("type", "enabled", "disabled"),
    "reasoning_effort": lambda value: isinstance(value, str) and value in _EFFORTS,
    "response_format": _is_one_of("type", "text", "json_object"),
    "request_id": _is_text(6, 64),
    "user_id": _is_text(6, 128),
}
