"""A request as it came, and what its row says of that."""

from typing import Any

from django.conf import settings
from msgspec.structs import replace

from chat.conversation import ChatRequest, Message, Thinking
from chat.exchange.visit import Visit
from chat.requestlog.record import Row

LONGEST_QUESTION = 200
LONGEST_LOOKED_AT = 2000
MOST_PARTS_LOOKED_AT = 100
FIGURES = (int, float, bool)
# Parameters of which a word is kept, as long as it is one of Z.AI's.
WORDS = {
    "reasoning_effort": {"max", "xhigh", "high", "medium", "low", "minimal", "none"},
    "type": {"enabled", "disabled"},
}


def row_of(visit: Visit, process: str) -> Row:
    """Return the row of a request as it came: who asked, by which door, and what."""
    row = Row(
        id=visit.request_id,
        created_at=visit.at,
        dialect=visit.dialect,
        path=visit.path,
        process=process,
        address=visit.address,
        user_agent=visit.user_agent,
        user_id=visit.user_id,
        client_id=visit.caller.client_id,
        admitted_by=visit.admitted_by,
    )
    if visit.stake:
        row.reserved_usd = visit.stake.most
        row.prompt_estimate = visit.stake.prompt
    return _with_question(row, visit.asked) if visit.asked else row


def keeps_text(asked: ChatRequest) -> bool:
    return bool(settings.CHAT_STORE_TEXT and asked.store)


def _with_question(row: Row, asked: ChatRequest) -> Row:
    return replace(
        row,
        model=asked.model,
        streamed=asked.stream,
        user_id=row.user_id or asked.parameters.get("user_id"),
        parameters=_kept(asked),
        question=_question(asked.messages) if keeps_text(asked) else "",
    )


def _kept(asked: ChatRequest) -> dict[str, Any]:
    """The figures, and that no text was to be kept: else nobody could tell why not."""
    kept = figures(asked.parameters)
    return kept if asked.store else {**kept, "store": False}


def figures(parameters: dict[str, Any]) -> dict[str, Any]:
    """What is no text of the caller's; the rest is kept with the text."""
    found = {k: v for k, v in parameters.items() if _is_figure(k, v)}
    if isinstance(thinking := parameters.get("thinking"), dict):
        known = Thinking.__struct_fields__
        found["thinking"] = {
            k: v for k, v in thinking.items() if k in known and _is_figure(k, v)
        }
    return found


def _is_figure(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return value in WORDS.get(name, ())
    return isinstance(value, FIGURES)


def _question(messages: list[Message]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            return _plain(message.get("content"))[:LONGEST_QUESTION]
    return ""


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content[:LONGEST_LOOKED_AT].strip()
    parts = (content or ())[:MOST_PARTS_LOOKED_AT]
    texts = [part.get("text") for part in parts if part.get("type") == "text"]
    words = (text[:LONGEST_LOOKED_AT] for text in texts if text)
    return " ".join(words).strip()
