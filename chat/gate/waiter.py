"""One who waits for a slot, and where it stands."""

import asyncio
import time
from typing import Any

from msgspec import Struct


class Who(Struct, frozen=True):
    """Whose turn it is: turns go round clients, and within a client round its users.

    A client of `weight` 2 has two turns where others have one. `models` are those that
    may answer it, in small letters; None: all.
    """

    client: str = ""
    user: str = ""
    weight: float = 1.0
    models: frozenset[str] | None = None


class Place(Struct, frozen=True):
    """What somebody who waits is told. `position` 1 is next; `seconds` is about how
    long that will take, None as long as nobody can know."""

    position: int
    seconds: int | None = None


class Waiter:
    """While it waits, `turn` will have its slot, or why there is none.

    `due` is when one that was refused may have its turn, by the loop's clock; `came` is
    when it came, by `time.monotonic`, which all processes of a host have alike, and
    `number` tells who came first in this one. `finds_out`: it asks first, whether the
    gate may be open again.
    """

    __slots__ = (
        *("came", "due", "finds_out", "has_waited", "is_waiting", "may_wait", "number"),
        *("place", "turn", "who"),
    )

    def __init__(self, who: Who, number: int) -> None:
        self.who = who
        self.number = number
        self.came = time.monotonic()
        self.due = 0.0
        self.finds_out = False
        self.may_wait = True
        self.is_waiting = False
        self.has_waited = False  # or waits
        self.place: Place | None = None
        self.turn: asyncio.Future[Any]
