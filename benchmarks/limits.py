"""How many files and connections a process may open, and how it is stopped."""

import contextlib
import resource
import signal

WANTED = 20_000


def raise_file_limit() -> None:
    """As far as it goes; the processes started from here inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= allowed:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def stop_when_told() -> None:
    """Have SIGTERM end this as Ctrl-C does: what was started is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
