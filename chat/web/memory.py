"""Memory of large bodies, and of crowds, goes back to the system."""

import asyncio
import ctypes
import os
from collections.abc import Callable
from typing import Any

# mallopt's numbers, from glibc's malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
# Above what the event loop allocates at each read of a socket: that stays quick.
BYTES = 1024 * 1024
ARENAS = 2
# That many requests less, and no more than half, are a crowd that has left; twice, for
# the log may still have their texts to write.
CROWD = 100
SECONDS_AFTER_CROWD = (3, 10)
SECONDS_BETWEEN_LOOKS = 1.0


def return_memory() -> None:
    """Have glibc give back what is freed. Its own variables win, if one is set.

    By itself it takes what is freed as a sign that as much will be needed again, up to
    32 MB at a time in each of eight arenas for a processor: 50 images of 19 MB left
    gigabytes behind (`python -m benchmarks.bodies`). Elsewhere this does nothing.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    if (mallopt := _find_in_libc("mallopt")) is None:
        return
    mallopt(M_MMAP_THRESHOLD, BYTES)
    mallopt(M_TRIM_THRESHOLD, BYTES)
    mallopt(M_ARENA_MAX, ARENAS)


async def return_memory_of_crowds(count: Callable[[], int]) -> None:
    """Have glibc give back what it keeps once a crowd has left; `count` tells how many
    requests are open. Runs until it is cancelled.

    What is free lies between things that stay, and only the end is given back by
    itself: 2,000 callers left 100 MB behind, and this brings it back in 20 ms.
    """
    if (trim := _find_in_libc("malloc_trim")) is None:
        return
    most = waited = 0
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        now = count()
        most = max(most, now)
        waited = waited + 1 if most - now >= max(CROWD, now) else 0
        if waited in SECONDS_AFTER_CROWD:
            await asyncio.to_thread(trim, 0)
        if waited == SECONDS_AFTER_CROWD[-1]:
            most, waited = now, 0


def _find_in_libc(name: str) -> Any:
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
