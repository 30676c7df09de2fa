"""Conversations as chains of messages, each known by a hash of all up to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

# What makes a message the same when a caller sends it back; reasoning they do not send.
TELLING = ("role", "content", "name", "tool_calls", "tool_call_id")
NUL, REPLACEMENT = rb"\u0000", rb"\ufffd"
encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Link:
    """A message in its place: a row of `Message`."""

    id: str
    predecessor: str | None
    role: str
    body: str


def links(messages: Iterable[dict[str, Any]], after: str | None = None) -> list[Link]:
    """Return `messages` as the links of a chain that goes on from `after`."""
    chain = []
    for message in messages:
        body = without_nul(encode(told(message)))
        identity = blake2b((after or "").encode() + body, digest_size=16).hexdigest()
        chain.append(Link(identity, after, str(message["role"])[:10], body.decode()))
        after = identity
    return chain


def without_nul(encoded: bytes) -> bytes:
    """PostgreSQL stores no NUL, be it escaped."""
    first, *rest = encoded.split(NUL)
    pieces = [first]
    for piece in rest:
        backslashes = len(pieces[-1]) - len(pieces[-1].rstrip(b"\\"))
        pieces += (NUL if backslashes % 2 else REPLACEMENT, piece)
    return b"".join(pieces)


def told(message: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of `message`."""
    told = {name: message[name] for name in TELLING if message.get(name) is not None}
    if calls := told.get("tool_calls"):
        told["tool_calls"] = [_without_index(call) for call in calls]
    return told


def _without_index(call: Any) -> Any:
    """The place in the stream, which callers may send back, or not."""
    if not isinstance(call, dict):
        return call
    return {name: value for name, value in call.items() if name != "index"}
