"""Z.AI's JSON, for a dialect that has to change it before it is passed on."""

from typing import Any

import msgspec

from chat.failures import UpstreamFailed


def decode(payload: bytes) -> dict[str, Any]:
    """Return all fields of `payload`. Raises UpstreamFailed.

    Until now only those were looked into that we know; there may be numbers without
    bounds, or bytes that are no text, in the others.
    """
    try:
        fields: dict[str, Any] = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UpstreamFailed(
            "Z.AI sent something that could not be read.",
            diagnosis=f"Z.AI sent something unreadable: {len(payload)} bytes",
        ) from None
    return fields
