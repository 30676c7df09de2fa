"""Tokens that a client signs for its users, so that their browsers may call."""

import time
from hashlib import sha256
from typing import Any, NamedTuple

import jwt
from django.conf import settings

from chat.access.directory import directory
from chat.access.public_keys import NotPublicKeys, read_public_keys
from chat.access.terms import Terms
from chat.surrogates import replace_halves_within

KID_PREFIX = "client-"
LONGEST_SECONDS = 15 * 60
LEEWAY_SECONDS = 30
LONGEST_SUBJECT = 128
LONGEST_TOKEN = 4096
MOST_REMEMBERED = 1024


class Untrue(Exception):
    """A token that does not hold, with the reason in a few words for the log."""


class Subject(NamedTuple):
    """Of whom a token speaks: a user of a client."""

    terms: Terms
    user_id: str


def looks_like_token(text: str) -> bool:
    """Whether `text` has the form of a signed token (RFC 7519, in compact form)."""
    return text.startswith("eyJ") and text.count(".") == 2


def names_a_client(text: str) -> bool:
    """Whether a token says that one of our clients made it."""
    try:
        _client_of(text)
    except Untrue:
        return False
    return True


def read_token(text: str) -> Subject:
    """Return of whom the token speaks. Raises Untrue.

    It is checked by the public keys of the client that it names (`kid`), and by no
    other algorithm than EdDSA, whatever it says.
    """
    if len(text) > LONGEST_TOKEN:
        raise Untrue("the token is too long")
    terms = _client_of(text)
    if terms.problem:
        raise Untrue(terms.problem)
    known = _Remembered.find(text, terms)
    if known is None:
        known = _Remembered.keep(text, terms, _verify(text, terms))
    if known.expires_at + LEEWAY_SECONDS <= time.time():
        raise Untrue("the token is expired")
    return Subject(terms, known.user_id)


class _Known(NamedTuple):
    public_keys: str
    user_id: str
    expires_at: float


class _Remembered:
    """Tokens that were checked: that costs more than all else that a request does to be
    let in. Only as long as the client has the same public keys."""

    _known: dict[bytes, _Known] = {}

    @classmethod
    def find(cls, text: str, terms: Terms) -> _Known | None:
        known = cls._known.get(_digest(text))
        return known if known and known.public_keys == terms.public_keys else None

    @classmethod
    def keep(cls, text: str, terms: Terms, claims: dict[str, Any]) -> _Known:
        if len(cls._known) >= MOST_REMEMBERED:
            cls._known.clear()
        # In JSON it may have half a letter, which nobody can write down.
        user_id = replace_halves_within(claims["sub"])
        known = _Known(terms.public_keys, user_id, float(claims["exp"]))
        cls._known[_digest(text)] = known
        return known


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _client_of(text: str) -> Terms:
    if len(text) > LONGEST_TOKEN:
        raise Untrue("the token is too long")
    try:
        kid = jwt.get_unverified_header(text).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Untrue("the token cannot be read") from None
    number = kid.removeprefix(KID_PREFIX) if isinstance(kid, str) else ""
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    terms = directory.client(int(number)) if is_number else None
    if terms is None or kid != f"{KID_PREFIX}{terms.client_id}":
        raise Untrue("the token names no client")
    return terms


def _verify(text: str, terms: Terms) -> dict[str, Any]:
    reason = "the client has no public key"
    try:
        keys = read_public_keys(terms.public_keys)
    except NotPublicKeys:  # somebody wrote into the table
        raise Untrue("the client's public keys cannot be read") from None
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=["EdDSA"],
                audience=settings.CHAT_TOKEN_AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={"require": ["sub", "aud", "exp"], "strict_aud": True},
            )
        except jwt.InvalidSignatureError:
            reason = "the token's signature is wrong"
            continue
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise Untrue(f"the token is refused: {type(error).__name__}") from None
        _check_claims(claims)
        return claims
    raise Untrue(reason)


def _check_claims(claims: dict[str, Any]) -> None:
    sub = claims["sub"]
    if not (isinstance(sub, str) and 0 < len(sub) <= LONGEST_SUBJECT):
        raise Untrue("the token's subject has no proper length")
    # To PyJWT a text that has a number is one too.
    if not isinstance(claims["exp"], int | float):
        raise Untrue("the token's end is no number")
    if claims["exp"] > time.time() + LONGEST_SECONDS + LEEWAY_SECONDS:
        raise Untrue("the token lasts too long")
