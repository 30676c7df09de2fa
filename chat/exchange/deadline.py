"""A limit on waiting, cheap enough to be set twice for every event."""

import asyncio
from math import inf


class Deadline:
    """Cancels the task that waits too long; one timer serves a whole stream.

    `asyncio.timeout` makes and cancels a timer for each wait. Here setting the time is
    an assignment; the timer looks at it when it fires, and sets itself anew if the
    time has moved on.
    """

    __slots__ = ("_expired", "_fires", "_handle", "_loop", "_task", "_when", "clock")

    def __init__(self) -> None:
        """For the current task."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._handle: asyncio.TimerHandle | None = None
        self._fires = inf
        self._when = inf
        self._expired = False
        self.clock = self._loop.time

    def at(self, when: float) -> None:
        """Limit what the task waits for next, until `clear`; by `clock`."""
        self._when = when
        if when < self._fires:
            self._schedule(when)

    @property
    def expired(self) -> bool:
        """Whether the task was cancelled by this deadline and nobody settled it."""
        return self._expired

    def clear(self) -> None:
        self._when = inf

    def settle(self) -> bool:
        """After CancelledError: whether the deadline did it, and nobody else."""
        if self._expired and self._task and self._task.uncancel() == 0:
            self._expired = False
            return True
        return False

    def expire(self) -> None:
        """End the wait now, if there is one."""
        if self._when < inf:
            self._when = 0.0
            self._schedule(0.0)

    def close(self) -> None:
        self._when = inf
        if self._handle:
            self._handle.cancel()
            self._handle = None
        self._fires = inf
        self._task = None

    def _schedule(self, when: float) -> None:
        if self._handle:
            self._handle.cancel()
        self._fires = when
        self._handle = self._loop.call_at(when, self._fire)

    def _fire(self) -> None:
        self._handle = None
        self._fires = inf
        if self._when == inf:
            return
        if self._loop.time() < self._when:
            self._schedule(self._when)
        elif self._task:
            self._when = inf
            self._expired = True
            self._task.cancel()
