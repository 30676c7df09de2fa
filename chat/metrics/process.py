"""What the system says of this process; None where it does not."""

import os
import time
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

PROC = Path("/proc/self")
_started = time.time()


class Figures(Struct):
    """In seconds and bytes; `started` is a Unix time."""

    cpu: float
    started: float
    resident: int | None = None
    threads: int | None = None
    open_fds: int | None = None
    max_fds: int | None = None


def read() -> Figures:
    """Return the figures of now."""
    figures = Figures(cpu=time.process_time(), started=_started)
    with suppress(OSError, ValueError, IndexError):
        pages = int((PROC / "statm").read_bytes().split()[1])
        figures.resident = pages * os.sysconf("SC_PAGE_SIZE")
        # The name before may have spaces and parentheses.
        words = (PROC / "stat").read_bytes().rpartition(b")")[2].split()
        figures.threads = int(words[17])
    with suppress(OSError, ImportError):
        import resource  # not on Windows

        figures.max_fds = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        figures.open_fds = len(os.listdir(PROC / "fd"))
    return figures
