"""Who asks? Worked out from the head alone, before anything of a body is taken in."""

import math
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from chat.access.asker import STRANGER, Asker
from chat.access.directory import directory
from chat.access.passes import (
    DOCTOR_PREFIX,
    PAGE_PREFIX,
    is_doctor_token,
    read_page_token,
)
from chat.access.rates import Rates
from chat.access.tokens import Untrue, looks_like_token, names_a_client, read_token
from chat.address import group_of
from chat.failures import AccessRefused, AccessUnknown, RateLimited, Unauthenticated
from chat.keys import CLIENT_KEY_PREFIX
from chat.models.client import LONGEST_BEGINNING
from chat.models.request_log import Admitted

# What of a wrong key may stand in the log: nobody else's words.
FORM = re.compile(r"zc_[A-Za-z0-9_-]{1,20}", re.ASCII)
MOST_WRONG_KEYS = 30  # of an address, a minute

_wrong_keys = Rates()


def identify(request: HttpRequest) -> Asker:
    """Return who makes `request`. Raises AccessRefused.

    One header says it: no other header, no cookie and no query is looked at.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header and settings.CHAT_ACCESS == "open":
        return STRANGER
    text = _bearer_of(header)
    for is_meant, read in _KINDS:
        if text and is_meant(text):
            return read(text)
    if settings.CHAT_ACCESS == "open":
        return STRANGER  # many clients send some key, wanted or not
    if not text:
        raise refuse("no_key", "no single bearer" if header else "there is no key")
    raise refuse("wrong_key", "it is none of our keys")


def count_wrong_key(refusal: AccessRefused, address: str | None) -> AccessRefused:
    """Return what to tell an address that came with a wrong key: to wait, after many.

    A right key passes all the same, for many may share the address.
    """
    if refusal.reason in ("no_key", "access_unknown"):
        return refusal
    quota = _wrong_keys.hit(group_of(address), MOST_WRONG_KEYS)
    if quota.allowed:
        return refusal
    return RateLimited(
        "Too many wrong keys came from this address. Wait a little.",
        retry_after=math.ceil(quota.reset_seconds),
        diagnosis=f"too many wrong keys of one address; now: {refusal.diagnosis}",
        reason="wrong_keys",
    )


def refuse(
    reason: str, diagnosis: str, text: str = "", client_id: int | None = None
) -> Unauthenticated:
    """Return the one refusal that every stranger gets; the log alone knows why."""
    if FORM.fullmatch(beginning := text[:LONGEST_BEGINNING]):
        diagnosis = f"{diagnosis} ({beginning}…)"
    return Unauthenticated(
        "A valid key is needed: Authorization: Bearer <key>.",
        reason=reason,
        client_id=client_id,
        diagnosis=diagnosis,
    )


def _bearer_of(header: str) -> str | None:
    """Return what the header carries; two headers come joined by a comma, which no key
    and no token has."""
    scheme, _, text = header.partition(" ")
    text = text.strip(" ")
    if scheme.lower() != "bearer" or not text.isascii() or "," in text or " " in text:
        return None
    return text or None


def _by_key(text: str) -> Asker:
    _check_loaded()
    key = directory.find(text)
    if key is None:
        raise refuse("wrong_key", "the key is not known", text)
    if problem := key.problem:
        client_id = key.terms.client_id
        raise refuse(problem, f"the key is {problem}", text, client_id)
    directory.note_use(key.key_id)
    return Asker(by=Admitted.KEY, terms=key.terms, key_id=key.key_id)


def _by_token(text: str) -> Asker:
    _check_loaded()
    try:
        subject = read_token(text)
    except Untrue as error:
        raise refuse("wrong_token", str(error)) from None
    return Asker(by=Admitted.TOKEN, terms=subject.terms, user_id=subject.user_id)


def _by_page(text: str) -> Asker:
    """The page's own; `all` may open it, and they count as strangers."""
    try:
        username = read_page_token(text)
    except Untrue as error:
        raise refuse("wrong_token", str(error)) from None
    if settings.CHAT_PAGE == "staff" and username:
        return Asker(by=Admitted.PAGE, user_id=username)
    if settings.CHAT_PAGE == "all":
        return STRANGER
    raise refuse("wrong_token", "the page is closed to its bearer")


def _by_order(text: str) -> Asker:
    if not is_doctor_token(text):
        raise refuse("wrong_token", "the doctor's token does not hold")
    return Asker(by=Admitted.DOCTOR)


def _check_loaded() -> None:
    if not directory.is_loaded:
        raise AccessUnknown("Who may ask is not known yet: try again in a moment.")


def _is_token(text: str) -> bool:
    if not looks_like_token(text):
        return False
    return settings.CHAT_ACCESS != "open" or names_a_client(text)


_KINDS: list[tuple[Callable[[str], bool], Callable[[str], Asker]]] = [
    (lambda text: text.startswith(CLIENT_KEY_PREFIX), _by_key),
    (lambda text: text.startswith(PAGE_PREFIX), _by_page),
    (lambda text: text.startswith(DOCTOR_PREFIX), _by_order),
    (_is_token, _by_token),
]
