"""JSON as gateways write it: with halves of letters, NaN, and numbers without end."""

import json
from typing import Any

import msgspec

BOM = "\ufeff"
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
MOST_DIGITS = 20


def decode(payload: bytes) -> tuple[Any, bool]:
    """Return what is in the JSON, and whether it is JSON as it stands there.

    What is no number is None. Raises UNDECODABLE.
    """
    text = payload.decode()
    if not payload.strip():
        return None, True
    try:
        return msgspec.json.decode(payload), True
    except msgspec.DecodeError:
        text = text.removeprefix(BOM)
    return json.loads(text, parse_int=_read_int, parse_constant=_read_none), False


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None


def _read_none(_: str) -> None:
    return None
