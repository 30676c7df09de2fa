"""What is done to play an answer, one step after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """From now on an event every `interval` seconds (0: as fast as possible)."""

    interval: float


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Raw:
    """Bytes that are no event of their own."""

    data: bytes


@dataclass(frozen=True)
class Drop:
    """The connection is lost; `reset` is with a TCP RST instead of a FIN."""

    reset: bool = False


# Plain bytes are one event.
Step = bytes | Pace | Pause | Raw | Drop


def after_events(
    steps: Iterable[Step], count: int, inserted: Iterable[Step]
) -> Iterator[Step]:
    """The steps with others inserted after `count` events."""
    steps = iter(steps)
    yield from _first_events(steps, count)
    yield from inserted
    yield from steps


def ending_after_events(
    steps: Iterable[Step], count: int, ending: Iterable[Step]
) -> Iterator[Step]:
    """The steps up to an event, and then the ending in place of the rest."""
    yield from _first_events(iter(steps), count)
    yield from ending


def between_events(
    steps: Iterable[Step], every: int, inserted: Iterable[bytes]
) -> Iterator[Step]:
    """The steps with each of `inserted` in turn after every so many events."""
    fillers = iter(inserted)
    events = 0
    for step in steps:
        yield step
        if isinstance(step, bytes):
            events += 1
            if events % every == 0:
                yield Raw(next(fillers))


def _first_events(steps: Iterator[Step], count: int) -> Iterator[Step]:
    if count == 0:
        # What sets the pace stands before the first event, and holds after it too.
        return
    events = 0
    for step in steps:
        yield step
        if isinstance(step, bytes):
            events += 1
            if events == count:
                return
