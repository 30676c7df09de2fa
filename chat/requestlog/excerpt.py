"""What is kept of a text, or of JSON, that is too long: with a word on the rest."""

import re
from math import inf
from typing import Any

import msgspec
from django.conf import settings

from chat.requestlog.images import LONGEST_KEPT, LONGEST_SEARCHED, without_files

MOST_BYTES_OF_A_CHARACTER = 6  # a control character, escaped
ROOM_OF_A_NOTE = 100
DEEPEST = 50
NOTE = re.compile(r"\n?\[… ([0-9,]{1,20}) characters left out of the log …\]\n?")
LONGEST_NAME = 200

encode = msgspec.json.encode


def note(count: int, things: str) -> str:
    return f"[… {count:,} {things} left out of the log …]"


def head_and_tail(text: str, room: float) -> str:
    """Return `text`, or what of its beginning and end takes `room` bytes as JSON."""
    if _fits(text, room):
        return text
    keep = max(0, int(min(len(text), room)) - ROOM_OF_A_NOTE)
    while True:
        shown = _around(text, keep)
        size = len(encode(shown))
        if size <= room or not keep:
            return shown
        keep = min(keep - 1, int(keep * room / size * 0.95))


def plain_excerpt(text: str, room: float) -> str:
    """The same, without the large files that are embedded in it."""
    longest = min(LONGEST_KEPT, room / 2)
    text = without_files(text, longest)
    return without_files(head_and_tail(text, room), longest)


def excerpt(value: Any, room: int) -> Any:
    """Return `value`, which is JSON, or as much of it as takes `room` bytes.

    It takes no longer than `room` allows, however large `value` is.
    """
    shown = _Walk(inf if room_beside(value, room) >= 0 else room).over(value)
    if len(encode(shown)) <= room:
        return shown
    return head_and_tail(encode(shown).decode(), room)


def room_beside(value: Any, room: int, depth: int = 0) -> int:
    """Return what is left of `room` beside `value`, below 0 if that is too large."""
    if room < 0 or depth > DEEPEST or (isinstance(value, str) and len(value) > room):
        return -1
    if isinstance(value, dict):
        for name, one in value.items():
            room = room_beside(one, room_beside(name, room), depth + 1)
            if room < 0:
                break
    elif isinstance(value, list):
        for one in value:
            room = room_beside(one, room, depth + 1)
            if room < 0:
                break
    else:
        return room - len(encode(value)) - 1
    return room - 2


class _Walk:
    """Copies JSON until its room is used up."""

    def __init__(self, room: float) -> None:
        self._left = room * 0.9 - ROOM_OF_A_NOTE
        self._longest = max(room * 0.75, ROOM_OF_A_NOTE)

    def over(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, dict | list):
            return self._used(value)
        if depth == DEEPEST:
            return note(len(value), "values")
        if isinstance(value, dict):
            return self._dict(value, depth + 1)
        return self._list(value, depth + 1)

    def _text(self, text: str) -> str:
        room = max(ROOM_OF_A_NOTE, min(self._longest, self._left))
        shown: str = self._used(plain_excerpt(text, room))
        return shown

    def _dict(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, one in value.items():
            if self._left <= 0:
                shown["…"] = note(len(value) - len(shown), "fields")
                break
            shown[self._used(name[:LONGEST_NAME])] = self.over(one, depth)
        return shown

    def _list(self, value: list[Any], depth: int) -> list[Any]:
        shown: list[Any] = []
        for one in value:
            if self._left <= 0:
                shown.append(note(len(value) - len(shown), "values"))
                break
            shown.append(self.over(one, depth))
        self._left -= 2
        return shown

    def _used(self, value: Any) -> Any:
        self._left -= len(encode(value)) + 1
        return value


def _fits(text: str, room: float) -> bool:
    if len(text) * MOST_BYTES_OF_A_CHARACTER + 2 <= room:
        return True
    return len(text) < room and len(encode(text)) <= room


def _around(text: str, keep: int) -> str:
    half = keep // 2
    count = len(text) - 2 * half
    # What was cut before is no longer; what is longer would take long to search.
    if count <= max(LONGEST_SEARCHED, settings.CHAT_STORE_TEXT_BYTES):
        count = _characters(text[half : len(text) - half])
    return f"{text[:half]}\n{note(count, 'characters')}\n{text[len(text) - half :]}"


def _characters(text: str) -> int:
    """How many `text` stands for: as it grew, some may have been left out already."""
    if "left out of the log" not in text:
        return len(text)
    earlier = sum(int("0" + found.replace(",", "")) for found in NOTE.findall(text))
    return len(NOTE.sub("", text)) + earlier
