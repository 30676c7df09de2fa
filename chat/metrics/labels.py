"""Values of labels, of which there are never many, whatever callers think up."""

from functools import cache
from math import inf

from chat.access.directory import directory
from chat.failures import Failure
from chat.glm.known import find
from chat.upstream.attempts import Attempt
from chat.upstream.codes import MEANINGS

NONE = "none"
OTHER = "other"
OPEN = "(open)"
OTHERS = "(other)"
MOST_CLIENTS = 100

_newest: float = inf


def model_label(model: str | None) -> str:
    """Return the name of a model that is known."""
    if not model:
        return NONE
    profile = find(model)
    return profile.name if profile else OTHER


def client_label(client_id: int | None) -> str:
    """Return the name of a client, of the first 100; those without a key are one."""
    if client_id is None:
        return OPEN
    terms = directory.client(client_id) if client_id <= _newest else None
    return terms.name if terms else OTHERS


def code_label(attempt: Attempt) -> str:
    """Return what became of a try: Z.AI's code or ours, or that it was answered."""
    if attempt.code is not None:
        is_known = attempt.code in MEANINGS or attempt.code in _our_codes()
        return attempt.code if is_known else OTHER
    return "given_up" if attempt.end is None else "answered"


def renew_clients() -> None:
    """Look which clients are the first 100 now, of those that may ask."""
    global _newest
    may_ask = sorted(t.client_id for t in directory.clients() if t.problem is None)
    _newest = may_ask[MOST_CLIENTS - 1] if len(may_ask) >= MOST_CLIENTS else inf


@cache
def _our_codes() -> frozenset[str]:
    found, kinds = set[str](), [Failure]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found |= {word for word in (kind.code, kind.type) if word}
    return frozenset(found)
