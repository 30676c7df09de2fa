"""What a row says of a request: as it comes, and as it ended."""

import ipaddress
import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from msgspec.structs import replace

from chat.conversation import ChatRequest, Message
from chat.event import Usage
from chat.exchange import Exchange
from chat.failures import Failure, UpstreamFailed, UpstreamRejected
from chat.requestlog import prices
from chat.requestlog.record import Record, Row, Text
from chat.transcript import Transcript
from chat.upstream.errors import conceal

LONGEST_QUESTION = 200
FIGURES = (int, float, bool)
# Parameters of which a word is kept, as long as it is one.
WORDS = {"reasoning_effort", "type"}
WORD = re.compile(r"[a-z_]{1,20}")
QUOTED = re.compile(r"'[^']*'")
LARGEST = 2**31 - 1


class Visit:
    """A request as it came: who asked, by which door, in which dialect."""

    def __init__(self, request: Any, dialect: str) -> None:
        meta = request.META
        self.id: str = request.scope["request_id"]
        self.at = datetime.now(UTC)
        self.dialect = dialect
        self.path: str = request.path
        self.address = _address(meta.get("REMOTE_ADDR", ""))
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


def opened(row: Row, exchange: Exchange) -> Record:
    asked = exchange.chat
    text = Text(messages=asked.messages, extra=None) if keeps_text(asked) else None
    return Record(row, text)


def ended(row: Row, exchange: Exchange, transcript: Transcript | None) -> Record:
    seen, usage = exchange.seen, exchange.seen.usage
    row = replace(
        _failed(row, exchange.failure, with_words=transcript is not None),
        status=exchange.status,
        ending=exchange.ending,
        finish_reason=seen.finish_reason,
        answered_model=seen.answered_model,
        upstream_id=seen.upstream_id,
        tries=exchange.tries,
        first_event_ms=_ms(seen.first_event),
        first_word_ms=_ms(seen.first_word),
        duration_ms=_ms(seen.duration),
        events=seen.events,
    )
    if usage:
        row = _with_tokens(row, usage)
    return Record(row, _text(exchange, transcript))


def refused(row: Row, failure: Failure) -> Record:
    row = _failed(row, failure, with_words=bool(settings.CHAT_STORE_TEXT))
    return Record(replace(row, status=failure.status, ending=failure.ending))


def _with_question(row: Row, asked: ChatRequest) -> Row:
    return replace(
        row,
        model=asked.model,
        streamed=asked.stream,
        user_id=asked.parameters.get("user_id"),
        parameters=_figures(asked.parameters),
        question=_question(asked.messages) if keeps_text(asked) else "",
    )


def _figures(parameters: dict[str, Any]) -> dict[str, Any]:
    """What is no text of the caller's; the rest is kept with the text."""
    figures = {k: v for k, v in parameters.items() if _is_figure(k, v)}
    if isinstance(thinking := parameters.get("thinking"), dict):
        figures["thinking"] = {k: v for k, v in thinking.items() if _is_figure(k, v)}
    return figures


def _is_figure(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return name in WORDS and bool(WORD.fullmatch(value))
    return isinstance(value, FIGURES) and bool(WORD.fullmatch(name))


def _words(parameters: dict[str, Any]) -> dict[str, Any]:
    figures = _figures(parameters)
    return {
        name: value
        for name, value in parameters.items()
        if name != "user_id" and figures.get(name) != value
    }


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


def _text(exchange: Exchange, transcript: Transcript | None) -> Text | None:
    if transcript is None:
        return None
    words = _words(exchange.chat.parameters)
    extra = {**(transcript.extra or {}), **({"parameters": words} if words else {})}
    return Text(
        messages=exchange.chat.messages,
        answer=transcript.answer,
        reasoning=transcript.reasoning,
        extra=extra or None,
    )


def _failed(row: Row, failure: Failure | None, *, with_words: bool) -> Row:
    if failure is None:
        return row
    told = conceal(failure.diagnosis) if with_words else _without_words(failure)
    return replace(row, error_code=failure.code, error_message=told)


def _without_words(failure: Failure) -> str | None:
    """What can be said of `failure` without words of the caller's, or of Z.AI's."""
    if isinstance(failure, UpstreamRejected):
        return None  # Z.AI may quote what was asked
    if isinstance(failure, UpstreamFailed):
        return failure.message  # the diagnosis may show a piece of the answer
    return QUOTED.sub("'…'", failure.diagnosis)


def _with_tokens(row: Row, usage: Usage) -> Row:
    row = replace(
        row,
        prompt_tokens=_count(usage.prompt_tokens),
        cached_tokens=_count(usage.cached_tokens),
        completion_tokens=_count(usage.completion_tokens),
        reasoning_tokens=_count(usage.reasoning_tokens),
    )
    counted = Usage(
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        prompt_tokens_details={"cached_tokens": row.cached_tokens},
    )
    return replace(row, cost_usd=prices.cost(row.answered_model, counted))


def _count(value: Any) -> int | None:
    """Z.AI may send anything for a number; what is none, or absurd, is not known."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def _address(text: str) -> str | None:
    """A Unix socket has none, and a proxy may pass on anything."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
