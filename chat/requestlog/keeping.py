"""What a request may keep: everything in a record has a bound before it is stored.

`CHAT_STORE_TEXT_BYTES` is for all text of a request together: three quarters of it for
the conversation, of which one message takes half at most, and the rest for the answer
and what came with it.
"""

import logging
from operator import attrgetter
from typing import Any

from django.conf import settings
from msgspec.structs import replace

from chat.conversation import Message
from chat.requestlog.chain import encode, told
from chat.requestlog.columns import LENGTHS
from chat.requestlog.excerpt import excerpt, head_and_tail, note, plain_excerpt
from chat.requestlog.record import Record, Row, Text

logger = logging.getLogger(__name__)

# What a message takes beside its body: a row, and its places in two indexes.
ROW_BYTES = 400
# One transaction takes no more, so that it is over in time; that is at most 10,000
# messages, and 100 statements for them.
MOST_BYTES_AT_ONCE = 4_000_000
LONGEST_PARAMETERS = 2000
MOST_PARTS = 1000
SHORT = 1000  # a message of which nobody needs to look at the parts
_texts_of = attrgetter(*LENGTHS)


def bounded(record: Record) -> tuple[Record, int]:
    """Return as much of `record` as is kept, and about how many bytes that takes.

    What was bounded before stays as it is. Never raises: text that is no JSON is not
    kept.
    """
    try:
        row = _row(record.row)
        if record.text is None:
            return replace(record, row=row), ROW_BYTES
        text, size = bounded_text(record.text, settings.CHAT_STORE_TEXT_BYTES)
        return replace(record, row=row, text=text), size
    except Exception:
        key = record.row.id
        logger.exception("The text of request %s cannot be kept", key)
        return replace(record, text=None), ROW_BYTES


def _row(row: Row) -> Row:
    cut: dict[str, Any] = {}
    for (name, longest), value in zip(LENGTHS.items(), _texts_of(row), strict=True):
        if value and len(value) > longest:
            cut[name] = value[:longest]
    if row.parameters and len(encode(row.parameters)) > LONGEST_PARAMETERS:
        shown = excerpt(row.parameters, LONGEST_PARAMETERS)
        cut["parameters"] = shown if isinstance(shown, dict) else {}
    return replace(row, **cut) if cut else row


def bounded_text(text: Text, most: int) -> tuple[Text, int]:
    """Return as much of `text` as takes `most` bytes, and how many it takes."""
    room = most
    longest = room * 3 // 8
    messages = text.messages
    if messages is not None:
        shown = [_message(message, longest) for message in messages]
        messages, size = _within(shown, longest * 2)
        room -= size
    answer = text.answer
    if answer:
        answer = _message(answer, min(longest, room * 3 // 4))
        room -= len(encode(answer))
    reasoning = head_and_tail(text.reasoning, room * 3 // 4)
    room -= len(encode(reasoning))
    extra = excerpt(text.extra, room) if text.extra else text.extra
    if not isinstance(extra, dict | None):
        extra = {"…": extra}
    room -= len(encode(extra))
    kept = Text(messages=messages, answer=answer, reasoning=reasoning, extra=extra)
    return kept, most - room + ROW_BYTES


def _message(message: Message, room: int) -> Message:
    """Return as much of `message` as takes `room` bytes.

    It does not depend on the messages around it: sent again, it is the same again.
    """
    content = message.get("content")
    if len(message) == 2 and isinstance(content, str) and len(content) <= SHORT:
        return message
    kept = told(message)
    others = [name for name in kept if name != "content"]
    if len(encode({name: kept[name] for name in others})) > room // 2:
        for name in others:
            kept[name] = excerpt(kept[name], room // 2 // len(others))
    room -= len(encode({name: kept[name] for name in others}))
    if isinstance(content, str):
        kept["content"] = plain_excerpt(content, room)
    elif isinstance(content, list) and content:
        kept["content"] = _parts(content, room)
    elif content is not None:
        kept["content"] = excerpt(content, room)
    return kept


def _parts(parts: list[Any], room: int) -> list[Any]:
    """As with messages: each by itself, and then the middle of all."""
    if len(parts) > MOST_PARTS + 1:
        half = MOST_PARTS // 2
        said = note(len(parts) - 2 * half, "parts")
        parts = [*parts[:half], {"type": "text", "text": said}, *parts[-half:]]
    longest = room // min(2, len(parts))
    shown = [excerpt(part, longest) for part in parts]
    first, last = _middle([len(encode(part)) for part in shown], room)
    if first == last:
        return shown
    left_out = {"type": "text", "text": note(last - first, "parts")}
    return [*shown[:first], left_out, *shown[last:]]


def _within(messages: list[Message], room: int) -> tuple[list[Message], int]:
    sizes = [len(encode(message)) + ROW_BYTES for message in messages]
    first, last = _middle(sizes, room)
    if first == last:
        return messages, sum(sizes)
    left_out = {"role": "system", "content": note(last - first, "messages")}
    kept = [*messages[:first], left_out, *messages[last:]]
    return kept, sum(sizes[:first]) + sum(sizes[last:]) + 2 * ROW_BYTES


def _middle(sizes: list[int], room: int) -> tuple[int, int]:
    """Return from where to where to leave out so that the rest fits in `room`.

    None of `sizes` is above half of it, unless it is the only one.
    As a conversation grows, the end of what is left out moves on in leaps: most turns
    share all that is before them, and store only what is new.
    """
    first = taken = 0
    while first < len(sizes) and taken + sizes[first] <= room // 4:
        taken += sizes[first]
        first += 1
    room -= taken + 2 * ROW_BYTES
    last, taken = first, 0
    for end in range(first, len(sizes)):
        taken += sizes[end]
        if taken > room:
            while taken > room // 2 and last < end:
                taken -= sizes[last]
                last += 1
    return first, last
