"""Z.AI's error, in each of the shapes that it and gateways give it."""

from typing import Any

import msgspec

from chat.failures import LONGEST_CODE
from chat.surrogates import replace_halves_within
from chat.upstream.codes import MEANINGS
from chat.upstream.loose_json import UNDECODABLE, decode

LONGEST_BODY = 64 * 1024
# Codes of answers that say they went well.
FINE = ("0", "200")

Fields = dict[str, Any]


class Error(msgspec.Struct):
    """Z.AI's code and its message; each is None where Z.AI gave no such thing."""

    code: str | None = None
    message: str | None = None


def read_error(body: bytes) -> Error:
    """Return the error of a body that came with a status of one; it may be empty."""
    fields = _decode_fields(body)
    return find_error(fields) or _take_error(fields)


def find_error_in(body: bytes) -> Error | None:
    """Return the error of a body that came with status 200; None if it tells none."""
    return find_error(_decode_fields(body))


def find_error(fields: Fields) -> Error | None:
    """Return the error that an event or a body tells; None if it tells none.

    It stands in `error`, or in the fields themselves where they have no choices.
    """
    beside = _take_error(fields)
    if told := fields.get("error"):
        error = _take_error(told)
        return Error(error.code or beside.code, error.message or beside.message)
    if fields.get("choices") or fields.get("success") is True:
        return None
    is_known = beside.code in MEANINGS or bool(beside.code and beside.message)
    has_failed = is_known and beside.code not in FINE
    return beside if has_failed or fields.get("success") is False else None


def _decode_fields(body: bytes) -> Fields:
    try:
        fields, _ = decode(body)
    except UNDECODABLE:
        return {}
    return fields if isinstance(fields, dict) else {}


def _take_error(told: Any) -> Error:
    if isinstance(told, list):
        told = next((one for one in told if isinstance(one, dict)), None)
    if not isinstance(told, dict):
        code = _read_text(told, LONGEST_CODE)
        return Error(code) if code in MEANINGS else Error(message=_read_text(told))
    inner = told.get("error")
    if isinstance(inner, dict) and "code" not in told:
        told = inner
    message = told.get("message") or told.get("msg")
    return Error(_read_text(told.get("code"), LONGEST_CODE), _read_text(message))


def _read_text(value: Any, longest: int = LONGEST_BODY) -> str | None:
    """Return a text or a number as text; anything else says nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text: str = replace_halves_within(str(value)[:longest])
    return text or None
