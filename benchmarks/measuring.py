"""All measures of one server, one after the other."""

from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from benchmarks.caller import Lost
from benchmarks.measures.first_event import first_event
from benchmarks.measures.flood import flood
from benchmarks.measures.memory import Memory, memory
from benchmarks.measures.paced import Stalled, paced
from benchmarks.measures.whole import whole
from benchmarks.meter import Cost
from benchmarks.process import CannotStart
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Server
from benchmarks.standin import StandIn
from benchmarks.target import Target, launched

T = TypeVar("T")
KEPT_UP = 0.95
FAULTS = (Lost, Stalled, OSError, TimeoutError, ZeroDivisionError)


class Measuring:
    """Fills a row; what a server cannot do becomes a note, never a crash."""

    def __init__(
        self, server: Server, scale: Scale, standin: StandIn, over_tls: StandIn | None
    ) -> None:
        self._server = server
        self._scale = scale
        self._standin = standin
        self._over_tls = over_tls
        self.row = Row(server.key, server.title)

    def run(self) -> Row:
        try:
            self.row.version = self._server.version()
            self._processor()
            self._memory()
        except CannotStart as error:
            self.row.note(f"does not run: {error}")
        return self.row

    def _processor(self) -> None:
        scale = self._scale
        for streams in (scale.streams, scale.fewer_streams):
            with self._launched(self._standin) as target:
                # First, as connections that streams leave behind slow some down.
                self._whole(target)
                self._first_event(target)
                if self._paced(target, streams):
                    self._flood(target)
                    return

    def _paced(self, target: Target, streams: int) -> bool:
        """Whether the server is still good for anything."""
        scale = self._scale
        try:
            figures = uvloop.run(paced(target, streams, scale.rate, scale.seconds))
        except Stalled as error:
            self.row.note(f"stalls: {error}")
            return streams == scale.fewer_streams
        except FAULTS as error:
            self._failed("event", error)
            return True
        if streams != scale.streams:
            self.row.note(f"event: at {streams} streams")
        if figures.pace < KEPT_UP:
            self.row.note(f"event: came at {figures.pace:.0%} of their pace")
        self.row.event_us = figures.event_us
        self._was_busy("event", figures.cost)
        return True

    def _flood(self, target: Target) -> None:
        scale = self._scale
        measure = flood(target, scale.flood_streams, scale.flood_cpu_seconds)
        if figures := self._try("flood", measure):
            self.row.flood_us = figures.event_us
            self._was_busy("flood", figures.cost)

    def _whole(self, target: Target) -> None:
        measure = whole(target, self._scale.callers, self._scale.whole_seconds)
        if figures := self._try("JSON answer", measure):
            self.row.whole_ms = figures.answer_ms
            self.row.answers_a_second = figures.answers_a_second
            self._was_busy("JSON answer", figures.cost)

    def _first_event(self, target: Target) -> None:
        measure = first_event(target, self._scale.first_events)
        self.row.first_event_ms = self._try("first event", measure)

    def _memory(self) -> None:
        with self._launched(self._standin) as target:
            if figures := self._try("memory", self._open(target)):
                self.row.idle_mb = figures.idle_mb
                self.row.stream_kb = figures.stream_kb
        if self._over_tls and self._server.measures_tls:
            with self._launched(self._over_tls) as target:
                if figures := self._try("memory over TLS", self._open(target)):
                    self.row.tls_stream_kb = figures.stream_kb

    def _open(self, target: Target) -> Coroutine[Any, Any, Memory]:
        scale = self._scale
        return memory(target, scale.open_streams, scale.settling_seconds)

    def _launched(self, standin: StandIn) -> Any:
        return launched(self._server, standin, self._scale.warm_up)

    def _try(self, what: str, measure: Coroutine[Any, Any, T]) -> T | None:
        try:
            return uvloop.run(measure)
        except FAULTS as error:
            self._failed(what, error)
            return None

    def _failed(self, what: str, error: Exception) -> None:
        self.row.note(f"{what}: {error or type(error).__name__}")

    def _was_busy(self, what: str, cost: Cost) -> None:
        self.row.busy[what] = {
            "server": cost.server,
            "stand-in": cost.standin,
            "load": cost.load,
        }
        if cost.bottleneck:
            self.row.note(f"{what}: {cost.bottleneck} was the bottleneck")
