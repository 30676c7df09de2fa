"""Answers for `response_format: json_object`."""

import re
from typing import Any

import msgspec

from .request import ChatRequest, text_of
from .schema import arguments_for

_KEY = re.compile(r"[\"'`]([A-Za-z_]\w{0,40})[\"'`]")


def json_answer(request: ChatRequest) -> str:
    """An object as a JSON Schema in a system message wants it, or else with the keys
    that the conversation names in quotes, if it does.
    """
    if schema := _told_schema(request):
        made = arguments_for({"parameters": schema}, request.question)
        return msgspec.json.encode(made).decode()
    spoken = "\n".join(text_of(message) for message in request.messages)
    keys = list(dict.fromkeys(_KEY.findall(spoken)))[:20]
    answer: dict[str, object] = {key: _value(key, request.question) for key in keys}
    if not answer:
        answer = {"question": request.question, "answer": "As you say.", "sure": True}
    return msgspec.json.encode(answer).decode()


def _told_schema(request: ChatRequest) -> dict[str, Any] | None:
    """The JSON object that ends a system message with the words "JSON Schema"."""
    for message in request.messages:
        _, told, behind = text_of(message).partition("JSON Schema")
        if message.get("role") != "system" or not told:
            continue
        try:
            schema = msgspec.json.decode(behind[max(behind.find("{"), 0) :])
        except (msgspec.DecodeError, RecursionError):
            continue
        if isinstance(schema, dict):
            return schema
    return None


def _value(key: str, question: str) -> object:
    if re.search(r"count|number|total|age|year|price|score", key, re.IGNORECASE):
        return len(question)
    if re.match(r"is_|has_|can_", key, re.IGNORECASE):
        return True
    if key.endswith("s"):
        return question.split()[:3]
    return question[:80]
