"""File descriptors: how many this process may have open, and whether they run short.

Each connection of a caller takes one and each exchange a second, to Z.AI. Without any
left the server could accept nobody, and the database and the log could not be reached.
"""

import logging
import os
import sys
import time
from contextlib import suppress
from math import inf

if sys.platform != "win32":
    import resource

logger = logging.getLogger(__name__)

# For the database, the log, files and lookups of names; and as many again for callers
# who come only to be refused, for health and the admin.
RESERVE = 128
SECONDS_BETWEEN_WARNINGS = 60.0

connections = 0  # of callers, as the server counts them
_limit = sys.maxsize
_probe: int | None = None
_next_warning = -inf


def raise_limit() -> None:
    """Raise the soft limit of this process to the hard one; often 1024 otherwise."""
    global _limit, _probe
    if sys.platform == "win32":
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # macOS has a further limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    _limit = allowed()
    if _probe is None:
        _probe = os.open(os.devnull, os.O_RDONLY)


def allowed() -> int:
    """Return how many descriptors this process may have open."""
    if sys.platform == "win32":
        return sys.maxsize
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def raisable() -> int:
    """Return how many it may have once the service has raised its limit."""
    if sys.platform == "win32":
        return sys.maxsize
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def reserve() -> int:
    return min(RESERVE, _limit // 4)


def are_for_exchanges() -> bool:
    """Whether callers who ask for nothing would take what exchanges need."""
    return connections > (_limit - reserve()) // 2


def are_short_for_callers(newest: int) -> bool:
    """Whether no further connection should stay; `newest` is that of the last one.

    The system gives out the lowest number that is free, so that a high one tells that
    all below are taken.
    """
    return max(newest, connections) >= _limit - reserve()


def are_short_for_exchanges(exchanges: int) -> bool:
    """Whether an exchange beyond those `exchanges` would take what others need."""
    most, counted = _limit - 2 * reserve(), connections + exchanges
    if counted < most // 4:
        return False  # connections kept to Z.AI are not counted, but not so many
    return counted >= most or _lowest_free() >= most


def warn() -> None:
    """Say that descriptors run short, once a minute."""
    global _next_warning
    if (now := time.monotonic()) >= _next_warning:
        _next_warning = now + SECONDS_BETWEEN_WARNINGS
        logger.warning(
            "File descriptors run short (%d callers are connected, %d descriptors are "
            "allowed): requests are refused. Raise the limit: LimitNOFILE, ulimit -n.",
            connections,
            _limit,
        )


def _lowest_free() -> int:
    if _probe is None:
        return 0
    try:
        number = os.dup(_probe)
    except OSError:
        return _limit
    os.close(number)
    return number
