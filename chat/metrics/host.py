"""What all processes of a host have counted, and how those that live stand."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct, field

from chat.metrics.board import Board
from chat.metrics.past import Past, bury, read_past
from chat.metrics.reading import Found, Sums, add, read
from chat.requestlog.locks import try_lock

FILES = "*.counts"
# Another reads at the same time; that takes milliseconds.
SECONDS_FOR_THE_LOCK = 2.0
SECONDS_BETWEEN_TRIES = 0.01


class Host(Struct):
    """`alive` has what each living process counted and said."""

    sums: Sums = field(default_factory=dict)
    alive: list[Found] = field(default_factory=list)


def read_host(folder: Path, own: Board) -> Host:
    """Return what is known; the files of dead processes are added up for good.

    Waits for a moment where another reads; raises TimeoutError if that does not end.
    """
    host = Host()
    if own.path is None:
        _count(host, read(own.read()))
    try:
        with _alone(folder / "past.lock"):
            _read_files(folder, host)
    except TimeoutError:
        raise
    except OSError:  # no file can be made or locked here
        if own.path is not None:
            _count(host, read(own.read()))
    return host


def _read_files(folder: Path, host: Host) -> None:
    path = folder / "past.json"
    past = read_past(path)
    add(host.sums, past.sums())
    dead: dict[Path, Sums] = {}
    for one in sorted(folder.glob(FILES)):
        if one.name in past.added:
            one.unlink(missing_ok=True)
            continue
        is_dead = _is_left(one)
        found = read(one.read_bytes(), is_dead=is_dead)
        if is_dead:
            dead[one] = found.rows if found else {}
        else:
            _count(host, found)
    for rows in dead.values():
        add(host.sums, {key: list(values) for key, values in rows.items()})
    if dead or past.added:
        _bury(path, past, dead)


def _bury(path: Path, past: Past, dead: dict[Path, Sums]) -> None:
    try:
        bury(path, past, dead)
    except OSError:  # the disk is full: they are read again the next time
        return


def _count(host: Host, found: Found | None) -> None:
    if found:
        host.alive.append(found)
        add(host.sums, {key: list(values) for key, values in found.rows.items()})


def _is_left(path: Path) -> bool:
    """Whether its process has died: a lock goes with its process, however that ends."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        try_lock(descriptor)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Be the only one that reads and adds up. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with closing(os.fdopen(descriptor, "rb", buffering=0)):
        until = time.monotonic() + SECONDS_FOR_THE_LOCK
        while True:
            try:
                try_lock(descriptor)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError("another reads the metrics") from None
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield
