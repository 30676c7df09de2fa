"""A request as it came, and what its row says of that."""

import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from msgspec.structs import replace

from chat.address import read_address
from chat.conversation import ChatRequest, Message
from chat.requestlog.record import Row

LONGEST_QUESTION = 200
FIGURES = (int, float, bool)
# Parameters of which a word is kept, as long as it is one.
WORDS = {"reasoning_effort", "type"}
WORD = re.compile(r"[a-z_]{1,20}")


class Visit:
    """A request as it came: who asked, by which door, in which dialect."""

    def __init__(self, request: Any, dialect: str) -> None:
        meta = request.META
        self.id: str = request.scope["request_id"]
        self.at = datetime.now(UTC)
        self.dialect = dialect
        self.path: str = request.path
        self.address = _text(read_address(meta.get("REMOTE_ADDR")))
        self.user_agent: str = meta.get("HTTP_USER_AGENT", "")

    def row(self, process: str, asked: ChatRequest | None) -> Row:
        row = Row(
            id=self.id,
            created_at=self.at,
            dialect=self.dialect,
            path=self.path,
            process=process,
            address=self.address,
            user_agent=self.user_agent,
        )
        return _with_question(row, asked) if asked else row


def keeps_text(asked: ChatRequest) -> bool:
    return bool(settings.CHAT_STORE_TEXT and asked.store)


def _with_question(row: Row, asked: ChatRequest) -> Row:
    return replace(
        row,
        model=asked.model,
        streamed=asked.stream,
        user_id=asked.parameters.get("user_id"),
        parameters=figures(asked.parameters),
        question=_question(asked.messages) if keeps_text(asked) else "",
    )


def figures(parameters: dict[str, Any]) -> dict[str, Any]:
    """What is no text of the caller's; the rest is kept with the text."""
    found = {k: v for k, v in parameters.items() if _is_figure(k, v)}
    if isinstance(thinking := parameters.get("thinking"), dict):
        found["thinking"] = {k: v for k, v in thinking.items() if _is_figure(k, v)}
    return found


def _is_figure(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in WORDS and bool(WORD.fullmatch(value))
    return isinstance(value, FIGURES) and bool(WORD.fullmatch(name))


def _question(messages: list[Message]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            return _plain(message.get("content"))[:LONGEST_QUESTION]
    return ""


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    parts = [part.get("text") for part in content or () if part.get("type") == "text"]
    return " ".join(part for part in parts if part).strip()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
