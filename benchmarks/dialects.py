"""The dialects of the service, by turns in one process, so that their ratios hold."""

from dataclasses import dataclass, replace

import uvloop

from benchmarks.measures.flood import flood
from benchmarks.measures.paced import paced
from benchmarks.measuring import FAULTS
from benchmarks.ours import Ours
from benchmarks.process import CannotStart
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.standin import StandIn
from benchmarks.target import Target, launched

SPOKEN = (
    Ours("native", "by turns: /api/chat"),
    Ours("use-chat", "by turns: useChat, /api/chat", closing=0, words="parts"),
    Ours("openai-client", "by turns: OpenAI, /v1", path="/v1/chat/completions"),
    Ours(
        "responses",
        "by turns: OpenAI's Responses, /v1",
        path="/v1/responses",
        closing=0,
        words="input",
    ),
)


@dataclass(frozen=True)
class Dialects(Ours):
    """The service, to be measured in each dialect."""


class Turns:
    """Fills a row for each dialect with the least that an event cost in any turn."""

    def __init__(self, server: Dialects, scale: Scale, standin: StandIn) -> None:
        self._server = server
        self._scale = scale
        self._standin = standin
        self.rows = [Row(s.key, s.title, s.version()) for s in SPOKEN]

    def run(self) -> list[Row]:
        try:
            with launched(self._server, self._standin, self._scale.warm_up) as target:
                for turn in range(self._scale.turns):
                    self._turn(target, first=turn % len(SPOKEN))
        except CannotStart as error:
            self.rows[0].note(f"does not run: {error}")
        return self.rows

    def _turn(self, target: Target, first: int) -> None:
        """Measure all, another `first` each time: who comes later pays more."""
        pairs = list(zip(SPOKEN, self.rows, strict=True))
        for spoken, row in pairs[first:] + pairs[:first]:
            try:
                self._measure(replace(target, server=spoken), row)
            except FAULTS as error:
                row.note(str(error) or type(error).__name__)

    def _measure(self, target: Target, row: Row) -> None:
        scale = self._scale
        poured = uvloop.run(flood(target, scale.flood_streams, scale.flood_cpu_seconds))
        row.flood_us = min(poured.event_us, row.flood_us or poured.event_us)
        paces = paced(target, scale.streams, scale.rate, scale.turn_seconds)
        flowed = uvloop.run(paces)
        row.event_us = min(flowed.event_us, row.event_us or flowed.event_us)
