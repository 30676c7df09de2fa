"""What is said: the words of an answer."""

from typing import Any

import msgspec

from . import tools, topics, web_search
from .chosen import Chosen
from .json_mode import json_answer
from .request import ChatRequest
from .scenarios import TABLE
from .tools import ToolCall


def content(
    request: ChatRequest,
    chosen: Chosen,
    calls: list[ToolCall],
    found: list[dict[str, Any]] | None,
) -> str:
    """The words beside the tool calls, or on what a web search has found."""
    text = _content(request, chosen, calls, found)
    return f"```json\n{text}\n```" if "fenced" in chosen else text


def _content(
    request: ChatRequest,
    chosen: Chosen,
    calls: list[ToolCall],
    found: list[dict[str, Any]] | None,
) -> str:
    if chosen.mistakes:
        return "\n".join([*chosen.mistakes, "", _table()])
    if "help" in chosen:
        return _table()
    if "echo" in chosen:
        return f"```json\n{_pretty(request.body)}\n```"
    if "unicode" in chosen:
        return topics.sample("scripts") + "\n\none\u2028two\u2029three\u0085four 🧵"
    if calls:
        names = " and ".join(f"`{call.name}`" for call in calls)
        return f"I'll use {names} for that."
    if "tools" in chosen and not request.answers_tools:
        return "There are no tools in this request that could be called."
    return _said(request, found)


def _said(request: ChatRequest, found: list[dict[str, Any]] | None) -> str:
    if request.answers_tools:
        return tools.retelling(request)
    if request.body.get("response_format", {}).get("type") == "json_object":
        return json_answer(request)
    text = topics.sample_for(request.question or request.last_user_text)
    if request.has_media:
        text = f"Thank you for what you attached; I had a look at it.\n\n{text}"
    if found:
        text = web_search.cited(text, found)
    return text + _turn(request)


def _turn(request: ChatRequest) -> str:
    turn = len(request.user_texts)
    if turn < 2:
        return ""
    first = request.user_texts[0][:60]
    return (
        f"\n\n_This is question {turn} of our conversation; it began with “{first}”._"
    )


def _table() -> str:
    rows = "\n".join(f"| `{row.usage}` | {row.sentence} |" for row in TABLE)
    return f"| type this | and the simulator |\n| --- | --- |\n{rows}"


def _pretty(body: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
