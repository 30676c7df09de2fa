"""Memory of large bodies goes back to the system."""

import ctypes
import os

# mallopt's numbers, from glibc's malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
# Above what the event loop allocates at each read of a socket: that stays quick.
BYTES = 1024 * 1024
ARENAS = 2


def return_memory() -> None:
    """Have glibc give back what is freed. Its own variables win, if one is set.

    By itself it takes what is freed as a sign that as much will be needed again, up to
    32 MB at a time in each of eight arenas for a processor: 50 images of 19 MB left
    gigabytes behind (`python -m benchmarks.bodies`). Elsewhere this does nothing.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, BYTES)
    mallopt(M_TRIM_THRESHOLD, BYTES)
    mallopt(M_ARENA_MAX, ARENAS)
