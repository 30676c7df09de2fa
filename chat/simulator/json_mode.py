"""Answers for `response_format: json_object`."""

import re

import msgspec

from .request import ChatRequest, text_of

_KEY = re.compile(r"[\"'`]([A-Za-z_]\w{0,40})[\"'`]")


def json_answer(request: ChatRequest) -> str:
    """An object with the keys that the conversation names in quotes, if it does."""
    spoken = "\n".join(text_of(message) for message in request.messages)
    keys = list(dict.fromkeys(_KEY.findall(spoken)))[:20]
    answer: dict[str, object] = {key: _value(key, request.question) for key in keys}
    if not answer:
        answer = {"question": request.question, "answer": "As you say.", "sure": True}
    return msgspec.json.encode(answer).decode()


def _value(key: str, question: str) -> object:
    if re.search(r"count|number|total|age|year|price|score", key, re.IGNORECASE):
        return len(question)
    if re.match(r"is_|has_|can_", key, re.IGNORECASE):
        return True
    if key.endswith("s"):
        return question.split()[:3]
    return question[:80]
