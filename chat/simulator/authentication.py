"""Who may call: `Authorization: Bearer id.secret`, or a JWT signed with the secret."""

import re

from .faults import Fault

BAD_KEY = "bad.key"

_KEY = re.compile(r"[\w-]+\.[\w-]+")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


def authenticate(authorization: str | None, required: str | None = None) -> None:
    """Raise the `Fault` that Z.AI answers with, unless the key is well formed.

    Z.AI calls every key it does not know expired, whatever is wrong with it.
    """
    if not authorization:
        raise Fault("1001")
    token = authorization.removeprefix("Bearer ").strip()
    well_formed = _KEY.fullmatch(token) or _JWT.fullmatch(token)
    if not well_formed or token == BAD_KEY or (required and token != required):
        raise Fault("401")
