"""Keys of clients: how one is made, and what is kept of it."""

import secrets
from hashlib import sha256
from typing import NamedTuple

from chat.keys import CLIENT_KEY_PREFIX
from chat.models.client import LONGEST_BEGINNING

BYTES = 32


class NewKey(NamedTuple):
    """`text` is shown once; the digest and the beginning are stored."""

    text: str
    digest: str
    beginning: str


def make_key() -> NewKey:
    """Return a new key, of 256 random bits."""
    text = CLIENT_KEY_PREFIX + secrets.token_urlsafe(BYTES)
    return NewKey(text, digest_of(text), text[:LONGEST_BEGINNING])


def digest_of(key: str) -> str:
    """Return the SHA-256 of a key in hex.

    Of 256 random bits nothing can be guessed: a slow hash would only be a way to keep
    the service busy.
    """
    return sha256(key.encode()).hexdigest()
