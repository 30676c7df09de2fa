"""What was sent beside the messages: parameters, tools, formats.

The row has the figures among them, the text all that is in the caller's words. It stays
JSON: what is nested deeply cannot be read.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from chat.models import RequestLog

Sent = dict[str, str]
"""JSON by name."""

# What `requestlog.excerpt` puts where it leaves something out.
LEFT_OUT = "left out of the log …]"
PARAMETERS = "parameters"


class _Extra(Struct):
    parameters: dict[str, Raw] = {}


def sent_with(row: RequestLog, extra: str | None) -> Sent:
    """Return what was sent with `row`; `extra` is what its text has, as JSON."""
    sent = {name: dumped(value) for name, value in row.parameters.items()}
    if row.user_id:
        sent["user_id"] = dumped(row.user_id)
    return sent | _words(extra)


def came_with(extra: str | None) -> str | None:
    """Return what came beside the answer; None if nothing did."""
    if extra is None:
        return None
    try:
        parts = msgspec.json.decode(extra, type=dict[str, Raw])
    except (msgspec.DecodeError, RecursionError):
        return extra
    parts.pop(PARAMETERS, None)
    return (
        as_object({name: _text(raw) for name, raw in parts.items()}) if parts else None
    )


def as_object(fields: Mapping[str, str]) -> str:
    told = ", ".join(f"{dumped(name)}: {value}" for name, value in fields.items())
    return f"{{{told}}}"


def dumped(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return '"(nested too deeply to be shown)"'


def _words(extra: str | None) -> Sent:
    if extra is None:
        return {}
    try:
        found = msgspec.json.decode(extra, type=_Extra).parameters
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: _text(raw) for name, raw in found.items()}


def _text(raw: Raw) -> str:
    return bytes(raw).decode(errors="surrogatepass")
