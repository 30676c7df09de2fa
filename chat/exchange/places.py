"""Places of exchanges: how many may be open at once, in all and for one address."""

from collections import Counter
from functools import lru_cache

from django.conf import settings

from chat.address import UNKNOWN, Network, group_of, is_within, read_address
from chat.exchange import descriptors
from chat.failures import AtCapacity

_taken: Counter[str] = Counter()


def take(sharer: str | None, open_already: int) -> None:
    """Take a place for one of `sharer`'s. Raises AtCapacity when there is none."""
    if open_already >= settings.CHAT_MAX_OPEN_EXCHANGES:
        raise _full("CHAT_MAX_OPEN_EXCHANGES is reached")
    if descriptors.are_short_for_exchanges(open_already):
        descriptors.warn()
        raise _full("too few file descriptors are left")
    if sharer is None:
        return
    if 0 < settings.CHAT_MAX_OPEN_PER_ADDRESS <= _taken[sharer]:
        raise AtCapacity(
            "The chat service is answering as many requests of this address as it may.",
            diagnosis=f"CHAT_MAX_OPEN_PER_ADDRESS is reached by {sharer}",
        )
    _taken[sharer] += 1


def give_back(sharer: str | None) -> None:
    if sharer is None:
        return
    _taken[sharer] -= 1
    if not _taken[sharer]:
        del _taken[sharer]


def sharer_of(address: str | None) -> str | None:
    """Return who shares places with others of `address`; None for who stands for many.

    Those are trusted proxies, and what runs on this machine or comes over a Unix
    socket: a proxy, or a front end such as Next.js. Others are their IPv4 address or
    their /64 of IPv6.
    """
    if address is None:
        return None
    return _sharer_of(address[:100], tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=1024)
def _sharer_of(text: str, proxies: tuple[Network, ...]) -> str | None:
    if (address := read_address(text)) is None:
        return UNKNOWN
    if address.is_loopback or is_within(address, proxies):
        return None
    return group_of(text)


def _full(diagnosis: str) -> AtCapacity:
    return AtCapacity(
        "The chat service is answering as many requests as it can.",
        diagnosis=diagnosis,
    )
