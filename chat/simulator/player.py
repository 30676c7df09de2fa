"""Plays an answer to the caller at its pace."""

import asyncio
import time
from collections.abc import Iterable

from .clock import Clock
from .ledger import Entry
from .line import Line
from .steps import Drop, Pace, Pause, Raw, Step

_BLOCK = 65_536
_SHORT_SECONDS = 1.0


class Dropped(Exception):
    """The connection was lost on purpose."""


class Player:
    """Writes what is due in one go, and counts events once they are written.

    Events are due at absolute times: a late one does not put off the next.
    """

    def __init__(self, line: Line, entry: Entry, clock: Clock) -> None:
        self._line = line
        self._entry = entry
        self._clock = clock
        self._now = asyncio.get_running_loop().time
        self._block: list[bytes] = []
        self._size = 0
        self._events = 0
        self._interval = 0.0
        self._due = self._now()

    async def play(self, steps: Iterable[Step]) -> None:
        """Play all steps; raise `Dropped` when the connection was one of them."""
        for step in steps:
            if isinstance(step, bytes):
                if self._interval:
                    if self._due > self._now():
                        await self._wait()
                    self._due += self._interval
                self._block.append(step)
                self._events += 1
                self._size += len(step)
            else:
                await self._do(step)
            if self._size >= _BLOCK:
                await self._write()
                # A connection that takes everything, or is gone, never makes us wait.
                await asyncio.sleep(0)
        await self._write()

    async def _do(self, step: Pace | Pause | Raw | Drop) -> None:
        match step:
            case Raw(data):
                self._block.append(data)
            case Pace(interval):
                self._interval = interval
            case Pause(seconds) if seconds > 0:
                self._due = max(self._due, self._now()) + seconds
                await self._wait()
            case Drop(reset):
                await self._write()
                await self._line.drop(reset=reset)
                raise Dropped

    async def _wait(self) -> None:
        await self._write()
        ahead = self._due - self._now()
        if ahead < _SHORT_SECONDS:
            await self._clock.at(self._due)
        else:
            await asyncio.sleep(ahead)

    async def _write(self) -> None:
        if not self._block:
            return
        data = b"".join(self._block)
        self._block.clear()
        self._size = 0
        if self._events and self._entry.answered is None:
            self._entry.answered = time.time()
        await self._line.write(data)
        self._entry.events_sent = self._events
