"""One server that is measured by turns with others."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol

import httpx
import uvloop

from benchmarks.caller import Lost
from benchmarks.measures.streams import Stalled
from benchmarks.meter import Cost
from benchmarks.process import CannotStart
from benchmarks.programme import Found, Measure
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Server
from benchmarks.standin import StandIn
from benchmarks.target import Target, launched

FAULTS = (Lost, OSError, TimeoutError, ZeroDivisionError, httpx.HTTPError)
MEASURE_SECONDS = 300.0  # whatever a server does


class Hosting(Protocol):
    """Whoever has the process in which a server is asked."""

    def target(self) -> Target: ...

    def stop(self) -> None: ...


class Contestant:
    """Fills a row; what its server cannot do becomes a note, never a crash.

    It runs from the first measure on, and is started anew where a measure broke it.
    """

    def __init__(
        self, server: Server, scale: Scale, standin: StandIn, host: Hosting | None
    ) -> None:
        """`host` has the process, where the server has none of its own."""
        self.server = server
        self.row = Row(server.key, server.title)
        self._scale = scale
        self._standin = standin
        self._host = host
        self._running = ExitStack()
        self._target: Target | None = None
        self._fails: set[str] = set()  # measures that are not tried again
        self._cannot_start = False

    def start(self) -> bool:
        """Return whether the server runs; why it does not is in the row."""
        if self._cannot_start:
            return False
        try:
            if not self.row.version:
                self.row.version = self.server.version()
            self.target()
        except CannotStart as error:
            self._give_up(error)
        return not self._cannot_start

    def measure(self, measure: Measure) -> None:
        """Add what is found to the row."""
        if self._is_for(measure) and self.start():
            try:
                self._try(measure, self.target())
            except CannotStart as error:  # when it was started anew
                self._give_up(error)

    def target(self) -> Target:
        """Raises CannotStart."""
        if self._host:
            return replace(self._host.target(), server=self.server)
        if self._target is None:
            with ExitStack() as starting:
                running = launched(self.server, self._standin, self._scale.warm_up)
                self._target = starting.enter_context(running)
                self._running = starting.pop_all()
        return self._target

    def stop(self) -> None:
        self._target = None
        self._running.close()
        if self._host:
            self._host.stop()

    def _give_up(self, error: CannotStart) -> None:
        self.row.note(f"does not run: {error}")
        self._cannot_start = True
        self.stop()

    def _is_for(self, measure: Measure) -> bool:
        if measure.name in self._fails:
            return False
        if self.server.only and measure.name not in self.server.only:
            return False
        return self.server.in_one_piece or not measure.in_one_piece

    def _try(self, measure: Measure, target: Target) -> None:
        """Raises CannotStart."""
        try:
            found = uvloop.run(_bounded(measure.run(target, self._scale)))
        except Stalled as error:
            self.row.note(f"{measure.title}: stalls: {error}")
            self.stop()
            if self._scale.streams == self._scale.fewer_streams:
                self._fails.add(measure.name)
                return
            fewer = self._scale.fewer_streams
            self._scale = replace(self._scale, streams=fewer)
            self.row.note(f"event: at {fewer} streams")
            self._try(measure, self.target())
        except FAULTS as error:
            self.row.note(f"{measure.title}: {error or type(error).__name__}")
            self._fails.add(measure.name)
            self.stop()
        else:
            self._add(measure, found)

    def _add(self, measure: Measure, found: Found) -> None:
        self.row.add(found.samples)
        for note in found.notes:
            self.row.note(note)
        if found.cost:
            self._was_busy(measure.title, found.cost)

    def _was_busy(self, what: str, cost: Cost) -> None:
        self.row.busy[what] = {
            "server": cost.server,
            "stand-in": cost.standin,
            "load": cost.load,
        }
        if cost.bottleneck:
            self.row.note(f"{what}: {cost.bottleneck} was the bottleneck")


async def _bounded(measuring: Coroutine[Any, Any, Found]) -> Found:
    """Raises TimeoutError where a server leaves an answer open for ever."""
    async with asyncio.timeout(MEASURE_SECONDS):
        return await measuring
