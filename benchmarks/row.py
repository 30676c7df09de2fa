"""What was measured of one server, and the figures that are made of it."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MEDIAN = 0.5


@dataclass(frozen=True)
class Column:
    """A figure: a quantile of what was measured under `sample`, in all turns."""

    key: str
    title: str
    sample: str
    quantile: float = MEDIAN


@dataclass
class Row:
    """`samples` are by the name of what was measured, in the order of the turns.

    What could not be had is not there, and a note says why.
    """

    key: str
    title: str
    version: str = ""
    samples: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    busy: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, found: Mapping[str, Iterable[float]]) -> None:
        for name, values in found.items():
            self.samples.setdefault(name, []).extend(values)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def figure(self, key: str) -> float | None:
        """Return the figure of a column; None if it was not measured."""
        column = COLUMNS[key]
        values = sorted(self.samples.get(column.sample, ()))
        return _quantile(values, column.quantile) if values else None

    def merge(self, earlier: "Row") -> None:
        """Take what `earlier` has and this has not, for it was measured before."""
        self.samples = earlier.samples | self.samples
        self.busy = earlier.busy | self.busy
        self.notes = list(dict.fromkeys([*earlier.notes, *self.notes]))

    def as_json(self) -> dict[str, Any]:
        figures = {key: self.figure(key) for key in COLUMNS}
        return {**vars(self), "figures": figures}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Row":
        return cls(**{key: value for key, value in found.items() if key != "figures"})


def paired_difference(one: Row, other: Row, key: str) -> float | None:
    """Return the median of what `one` has more than `other`, turn by turn."""
    sample = COLUMNS[key].sample
    mine, theirs = one.samples.get(sample, []), other.samples.get(sample, [])
    if not mine or len(mine) != len(theirs):
        return None
    return statistics.median(a - b for a, b in zip(mine, theirs, strict=True))


def _quantile(values: list[float], quantile: float) -> float:
    """Of sorted values; of few the nearest that is there, so that none is made up."""
    if quantile == MEDIAN:
        return statistics.median(values)
    return values[min(round(quantile * len(values)), len(values) - 1)]


def _of_waits(key: str, title: str) -> list[Column]:
    return [
        Column(f"{key}_p{percent}", f"{title}, p{percent} (ms)", key, percent / 100)
        for percent in (50, 90, 99)
    ]


WAITS = [
    *_of_waits("first_word", "first word, added"),
    *_of_waits("whole_answer", "whole answer, added"),
    Column("crowd_ms", "first word, 100 at once (ms)", "crowd_ms"),
]
COSTS = [
    Column("alone_ms", "answer, one at a time (ms)", "alone_ms"),
    Column("whole_ms", "answer, 10 at a time (ms)", "whole_ms"),
    Column("answers_a_second", "answers/s", "answers_a_second"),
    Column("span_us", "event of 150, its start included (µs)", "span_us"),
    Column("event_us", "event, 100 × 50/s (µs)", "event_us"),
    Column("flood_us", "event, flood (µs)", "flood_us"),
]
STREAMS = [
    Column("sustained", "streams × 50/s without a gap", "sustained"),
    Column("left_ms", "left, until Z.AI hears (ms)", "left_ms"),
    Column("idle_mb", "idle (MB)", "idle_mb"),
    Column("stream_kb", "open stream (KB)", "stream_kb"),
    Column("tls_stream_kb", "open stream, TLS (KB)", "tls_stream_kb"),
]
COLUMNS = {column.key: column for column in [*WAITS, *COSTS, *STREAMS]}
