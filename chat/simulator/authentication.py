"""Who may call: `Authorization: Bearer id.secret`, or a JWT signed with the secret."""

import re
from base64 import urlsafe_b64decode

import msgspec

from .faults import Fault

BAD_KEY = "bad.key"

_KEY = re.compile(r"[\w-]+\.[\w-]+")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


def authenticate(authorization: str | None, required: str | None = None) -> str:
    """Return the part of the key that is no secret.

    Raise the `Fault` that Z.AI answers with, unless the key is well formed. Z.AI calls
    every key it does not know expired, whatever is wrong with it.
    """
    if not authorization:
        raise Fault("1001")
    token = authorization.removeprefix("Bearer ").strip()
    well_formed = _KEY.fullmatch(token) or _JWT.fullmatch(token)
    if not well_formed or token == BAD_KEY or (required and token != required):
        raise Fault("401")
    return _named_in(token) if _JWT.fullmatch(token) else token.partition(".")[0]


def _named_in(token: str) -> str:
    """The key whose secret a JWT was signed with; nobody looks whether it was."""
    payload = token.split(".")[1]
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(payload + "=="))
    except (msgspec.DecodeError, ValueError):
        return payload
    return str(claims.get("api_key", payload)) if isinstance(claims, dict) else payload
