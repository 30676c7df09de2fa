"""Makes of what Z.AI and gateways send the events that every caller may rely on.

What is well made is decoded by `decode_plain`, and not looked at further; all else is
mended here. What is only noted never breaks an answer.
"""

import time
from typing import Any

import msgspec

from chat.event import LARGEST, Event, decode_event
from chat.surrogates import Joiner, replace_halves_within
from chat.upstream.calls import Calls
from chat.upstream.loose_json import UNDECODABLE as UNDECODABLE
from chat.upstream.loose_json import decode
from chat.upstream.plain import NO_REASON, Decode, decode_plain
from chat.upstream.told_error import find_error

SAYS_NOTHING = {"id", "object", "created", "model", "system_fingerprint", "choices"}
SAYS_NOTHING |= {"code", "msg", "message", "success"}
SPOKEN = ("content", "reasoning_content")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
DETAILS = ("prompt_tokens_details", "completion_tokens_details")

Fields = dict[str, Any]


class Repair:
    """Mends the events of one answer, in their order.

    `decode` reads those that are well made, and raises UNDECODABLE at others; `mend`
    is for these.
    """

    def __init__(self, model: str) -> None:
        """`model` is the one that was asked."""
        self.decode: Decode = decode_plain
        self.calls = Calls()
        self._model = model
        self._joiners = {name: Joiner() for name in SPOKEN}

    def mend(self, payload: bytes, before: Event | None) -> tuple[bytes, Event] | None:
        """Return the event as callers get it, its bytes first; None if it says nothing.

        `before` is the one that came before it, whose model and time are its own too.

        An event with an `error` is one of Z.AI's. Raises UNDECODABLE.
        """
        fields, is_sound = decode(payload)
        if not isinstance(fields, dict):
            if fields:
                raise msgspec.DecodeError("It is no object.")
            return None
        if error := find_error(fields):
            return payload, Event(error=error)
        mended = self._mend_fields(fields, "delta")
        if _says_nothing(mended):
            return None
        self._name(mended, before)
        mended["choices"] = mended["choices"] or [{"index": 0, "delta": {}}]
        return self._finish(payload, mended, is_sound and mended == fields)

    def mend_whole(self, body: bytes) -> tuple[bytes, Event]:
        """Return a whole answer as callers get it, its bytes first.

        What is no answer comes back as it was, with an `Event` that has no choices.

        Raises UNDECODABLE.
        """
        fields, is_sound = decode(body)
        if not isinstance(fields, dict) or find_error(fields):
            return body, Event()
        mended = self._mend_fields(fields, "message")
        self._name(mended, None)
        return self._finish(body, mended, is_sound and mended == fields)

    def end(self, before: Event | None) -> tuple[bytes, Event] | None:
        """Return an event with U+FFFD where half a letter is left; None if none is."""
        mended: Fields = {"choices": [{"index": 0, "delta": {}}]}
        if not self._end_halves(mended["choices"][0]["delta"]):
            return None
        self._name(mended, before)
        return self._finish(b"", mended, False)

    def _finish(
        self, payload: bytes, mended: Fields, is_as_it_came: bool
    ) -> tuple[bytes, Event]:
        holds = any(joiner.held for joiner in self._joiners.values())
        self.decode = _decode_nothing if holds else decode_plain
        if not is_as_it_came:
            payload = msgspec.json.encode(replace_halves_within(mended))
        return payload, decode_event(payload)

    def _mend_fields(self, fields: Fields, place: str) -> Fields:
        mended = {k: v for k, v in fields.items() if k != "error"}
        _set(mended, "id", _read_text(fields.get("id")))
        _set(mended, "model", _read_words(fields.get("model")))
        _set(mended, "created", _read_count(fields.get("created")))
        _set(mended, "usage", _mend_usage(fields.get("usage")))
        choices = fields.get("choices")
        mended["choices"] = [
            self._mend_choice(choice, number, place)
            for number, choice in enumerate(
                choices if isinstance(choices, list) else [choices]
            )
            if isinstance(choice, dict)
        ]
        if mended.get("usage") and any(self._joiners[name].held for name in SPOKEN):
            mended["choices"] = mended["choices"] or [{"index": 0, place: {}}]
            self._end_halves(mended["choices"][0][place])
        return mended

    def _mend_choice(self, choice: Fields, number: int, place: str) -> Fields:
        mended = {"index": number, **choice}
        reason = _read_reason(choice.get("finish_reason"))
        _set(mended, "finish_reason", reason)
        said = choice.get(place)
        if place == "delta" and said is None:
            said = mended.pop("message", None)  # of a gateway that knows no streams
        said = mended[place] = self._mend_said(
            said if isinstance(said, dict) else {}, is_whole=place == "message"
        )
        if reason or place == "message":
            self._end_halves(said)
        return mended

    def _mend_said(self, said: Fields, *, is_whole: bool) -> Fields:
        mended = dict(said)
        spoken = {name: _read_spoken(said.get(name)) for name in SPOKEN}
        for name, joiner in self._joiners.items():
            text = joiner.add(spoken[name])
            if any(spoken[other] for other in SPOKEN if other != name):
                text += joiner.end()
            if text or said.get(name) is not None:
                mended[name] = text
        calls = said.get("tool_calls")
        if calls is not None:
            calls = [calls] if isinstance(calls, dict) else calls
            placed = [
                self.calls.place(call, is_whole=is_whole)
                for call in (calls if isinstance(calls, list) else ())
            ]
            _set(mended, "tool_calls", [call for call in placed if call] or None)
        return mended

    def _end_halves(self, said: Fields) -> Fields:
        """Add U+FFFD for half a letter at the end: no other half can come."""
        for name, joiner in self._joiners.items():
            if joiner.held:
                said[name] = (said.get(name) or "") + joiner.end()
        return said

    def _name(self, mended: Fields, before: Event | None) -> None:
        """Say whose answer it is and when it began, which every caller may rely on."""
        if before and before.id and not mended.get("id"):
            mended["id"] = before.id
        if not mended.get("model"):
            mended["model"] = (before and before.model) or self._model
        if mended.get("created") is None:
            mended["created"] = before.created if before else int(time.time())


def _decode_nothing(payload: bytes) -> Event:
    raise msgspec.DecodeError("Half a letter waits for its other half.")


def _says_nothing(mended: Fields) -> bool:
    if any(value for name, value in mended.items() if name not in SAYS_NOTHING):
        return False
    return not any(
        value
        for choice in mended["choices"]
        for name, value in choice.items()
        if name != "index"
    )


def _set(fields: Fields, name: str, value: Any) -> None:
    """Set the field to `value`; None takes out what was there and cannot be."""
    if value is not None:
        fields[name] = value
    elif fields.get(name) is not None:
        del fields[name]


def _read_reason(value: Any) -> str | None:
    words = _read_words(value)
    return words if words and words.strip().lower() not in NO_REASON else None


def _read_words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _read_text(value: Any) -> str | None:
    return str(value) if type(value) is int else _read_words(value)


def _read_count(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= LARGEST else None


def _mend_usage(usage: Any) -> Fields | None:
    if not isinstance(usage, dict):
        return None
    mended = dict(usage)
    for name in COUNTS:
        _set(mended, name, _read_count(usage.get(name)))
    for name in DETAILS:
        details = usage.get(name)
        known = details.items() if isinstance(details, dict) else ()
        counts = {k: n for k, v in known if (n := _read_count(v)) is not None}
        _set(mended, name, counts if isinstance(details, dict) else None)
    return mended if any(mended.get(name) is not None for name in COUNTS) else None


def _read_spoken(value: Any) -> str:
    """Return a text, the text of parts, or a number as text; else an empty text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        parts = [p.get("text") if isinstance(p, dict) else p for p in value]
        return "".join(part for part in parts if isinstance(part, str))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""
