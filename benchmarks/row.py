"""The figures of one server."""

import statistics
from dataclasses import dataclass, field, replace

UNITS = {
    "event_us": "event, 100 × 50/s (µs)",
    "flood_us": "event, flood (µs)",
    "whole_ms": "JSON answer (ms)",
    "answers_a_second": "JSON answers/s",
    "first_event_ms": "first event, added (ms)",
    "idle_mb": "idle (MB)",
    "stream_kb": "open stream (KB)",
    "tls_stream_kb": "open stream, TLS (KB)",
}


@dataclass
class Row:
    """A figure that could not be had is None, and a note says why."""

    key: str
    title: str
    version: str = ""
    event_us: float | None = None
    flood_us: float | None = None
    whole_ms: float | None = None
    answers_a_second: float | None = None
    first_event_ms: float | None = None
    idle_mb: float | None = None
    stream_kb: float | None = None
    tls_stream_kb: float | None = None
    notes: list[str] = field(default_factory=list)
    busy: dict[str, dict[str, float]] = field(default_factory=dict)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def middle(rows: list[Row]) -> Row:
    """One row of the medians of several."""
    figures = {name: _median([getattr(row, name) for row in rows]) for name in UNITS}
    notes = list(dict.fromkeys(note for row in rows for note in row.notes))
    return replace(rows[-1], notes=notes, **figures)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
