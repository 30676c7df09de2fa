"""Makes of what Z.AI and gateways send the events that every caller may rely on.

What is well made is decoded by `decode_plain`, and not looked at further; all else is
mended here. What is only noted never breaks an answer.
"""

import json
import time
from collections.abc import Callable
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from chat.event import LARGEST, Choice, Delta, Event, Text, decode_event
from chat.surrogates import UNKNOWN, Joiner, replace_halves_within
from chat.upstream.calls import Calls

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
SAYS_NOTHING = {"id", "object", "created", "model", "system_fingerprint", "choices"}
SPOKEN = ("content", "reasoning_content")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
DETAILS = ("prompt_tokens_details", "completion_tokens_details")
# How inference servers write that there is no reason yet.
NO_REASON = ("", "null")

Fields = dict[str, Any]


class PlainDelta(Delta, gc=False):
    tool_calls: None = None  # `Calls` looks at those


class PlainChoice(Choice, kw_only=True, gc=False):
    delta: PlainDelta


class PlainEvent(Event, kw_only=True, gc=False):
    """An event that is well made: nothing is to be done with it."""

    id: Text
    created: int
    model: Text
    choices: Annotated[list[PlainChoice], Meta(min_length=1)]  # type: ignore[assignment]
    error: None = None


Decode = Callable[[bytes], Event]

decode_plain: Decode = cast("Decode", msgspec.json.Decoder(PlainEvent).decode)


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
        fields, is_sound = _decode(payload)
        if not isinstance(fields, dict):
            if fields:
                raise msgspec.DecodeError("It is no object.")
            return None
        if error := _find_error(fields):
            return payload, Event(error=error)
        mended = self._mend_fields(fields, "delta")
        if _says_nothing(mended):
            return None
        self._complete(mended, before)
        return self._finish(payload, mended, is_sound and mended == fields)

    def mend_whole(self, body: bytes) -> tuple[bytes, Event]:
        """Return a whole answer as callers get it, its bytes first.

        What is no answer comes back as it was, with an `Event` that has no choices.

        Raises UNDECODABLE.
        """
        fields, is_sound = _decode(body)
        if not isinstance(fields, dict) or _find_error(fields):
            return body, Event()
        mended = self._mend_fields(fields, "message")
        return self._finish(body, mended, is_sound and mended == fields)

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
        choices = choices if isinstance(choices, list) else []
        mended["choices"] = [
            self._mend_choice(choice, number, place)
            for number, choice in enumerate(choices)
            if isinstance(choice, dict)
        ]
        return mended

    def _mend_choice(self, choice: Fields, number: int, place: str) -> Fields:
        reason = choice.get("finish_reason")
        mended = {"index": number, **choice}
        _set(
            mended,
            "finish_reason",
            None if reason in NO_REASON else _read_words(reason),
        )
        said = choice.get(place)
        mended[place] = self._mend_said(said if isinstance(said, dict) else {})
        if place == "message":
            self._end_halves(mended[place])
        return mended

    def _mend_said(self, said: Fields) -> Fields:
        mended = dict(said)
        for name, joiner in self._joiners.items():
            text = joiner.add(_read_spoken(said.get(name)))
            if text or said.get(name) is not None:
                mended[name] = text
        calls = said.get("tool_calls")
        if calls is not None:
            calls = [calls] if isinstance(calls, dict) else calls
            placed = [
                self.calls.place(call)
                for call in (calls if isinstance(calls, list) else ())
            ]
            _set(mended, "tool_calls", [call for call in placed if call] or None)
        return mended

    def _end_halves(self, said: Fields) -> None:
        """Write U+FFFD for half a letter at the end of all: no other half can come."""
        for name, joiner in self._joiners.items():
            if joiner.held:
                said[name] += UNKNOWN
                joiner.held = ""

    def _complete(self, mended: Fields, before: Event | None) -> None:
        """Give an event the fields that every caller may rely on."""
        if before and before.id and not mended.get("id"):
            mended["id"] = before.id
        if not mended.get("model"):
            mended["model"] = (before and before.model) or self._model
        if mended.get("created") is None:
            mended["created"] = before.created if before else int(time.time())
        mended["choices"] = mended["choices"] or [{"index": 0, "delta": {}}]


def _decode(payload: bytes) -> tuple[Any, bool]:
    """Return what is in the JSON, and whether no text of it has halves of letters."""
    payload.decode()
    if not payload.strip():
        return None, True
    try:
        return msgspec.json.decode(payload), True
    except msgspec.DecodeError:
        if rb"\u" not in payload:
            raise
    return json.loads(payload), False  # which reads the halves as they stand there


def _decode_nothing(payload: bytes) -> Event:
    raise msgspec.DecodeError("Half a letter waits for its other half.")


def _find_error(fields: Fields) -> Any:
    """Return Z.AI's error in any of its shapes; None if `fields` have no error."""
    if error := fields.get("error"):
        return {**fields, "message": error} if isinstance(error, str) else error
    if fields.get("choices"):
        return None
    told = fields.get("message") or fields.get("msg")
    if (fields.get("code") and told) or fields.get("success") is False:
        return fields
    return None


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
    return mended


def _read_spoken(value: Any) -> str:
    """Return a text, the text of parts, or a number as text; else an empty text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [p.get("text") if isinstance(p, dict) else p for p in value]
        return "".join(part for part in parts if isinstance(part, str))
    return str(value) if isinstance(value, int | float) else ""
