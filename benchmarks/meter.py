"""What a span of time cost: processor time of the server, and of those around it."""

import time
from dataclasses import dataclass

from benchmarks.process import Process

# A process that does one thing at a time has no more than one processor.
SATURATED = 0.95


@dataclass(frozen=True)
class Cost:
    """Processor seconds of the server; the others as parts of one processor."""

    cpu: float
    wall: float
    server: float
    standin: float
    load: float

    @property
    def bottleneck(self) -> str | None:
        """Who but the server held everything up."""
        if self.standin > SATURATED and self.server < SATURATED:
            return "the stand-in"
        if self.load > SATURATED and self.server < SATURATED:
            return "the load generator"
        return None


class Meter:
    """Starts when it is made. The load generator is the process it is made in."""

    def __init__(self, server: Process, standin: Process) -> None:
        self._processes = (server, standin)
        self._start = self._now()

    def read(self) -> Cost:
        wall, server, standin, load = (
            now - then for now, then in zip(self._now(), self._start, strict=True)
        )
        return Cost(server, wall, server / wall, standin / wall, load / wall)

    def _now(self) -> tuple[float, float, float, float]:
        server, standin = (process.cpu_seconds for process in self._processes)
        return time.monotonic(), server, standin, time.process_time()
