"""How a request passed its time, as a picture: drawn here, coloured by the style sheet.

Across everything is in percent, so that the words keep their size on a phone.
"""

from dataclasses import dataclass

from chat.admin.amounts import milliseconds
from chat.models import RequestLog

LINE = 20  # pixels down from mark to mark
BAR = 30


@dataclass(frozen=True)
class Phase:
    kind: str
    name: str
    start_ms: int
    end_ms: int
    x: str
    width: str

    @property
    def took(self) -> str:
        return milliseconds(self.end_ms - self.start_ms)


@dataclass(frozen=True)
class Mark:
    """A moment, with its words beside it, on the side where there is room."""

    name: str
    x: str
    y: int
    anchor: str
    shift: int


@dataclass(frozen=True)
class Timeline:
    phases: list[Phase]
    marks: list[Mark]
    height: int
    words: str


def timeline(request: RequestLog) -> Timeline | None:
    """The picture of a request that has ended; None if its times are not known."""
    end = request.duration_ms
    if end is None:
        return None
    moments = [("asked", 0)]
    for name, at in (
        ("first event", request.first_event_ms),
        ("first word", request.first_word_ms),
    ):
        if at is not None:
            moments.append((name, min(at, end)))
    moments.append(("end", end))
    phases = _phases(request, end)
    marks = [_mark(n, at, end, line) for line, (n, at) in enumerate(moments)]
    words = ", ".join(f"{phase.name} {phase.took}" for phase in phases)
    return Timeline(phases, marks, BAR + LINE * len(marks) + 6, words)


def _phases(request: RequestLog, end: int) -> list[Phase]:
    first = min(_or(request.first_event_ms, end), end)
    word = min(_or(request.first_word_ms, end), end)
    found = [
        ("waiting", "waiting for Z.AI", 0, first),
        ("thinking", "before the first word", first, word),
        ("streaming", "streaming", word, end),
    ]
    return [
        Phase(kind, name, a, b, _percent(a, end), _percent(b - a, end))
        for kind, name, a, b in found
        if b > a
    ]


def _mark(name: str, at: int, end: int, line: int) -> Mark:
    right = at * 2 > end
    words = name if not at and name == "asked" else f"{name} {milliseconds(at)}"
    y = BAR + LINE * (line + 1)
    return Mark(
        words, _percent(at, end), y, "end" if right else "start", -6 if right else 6
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "0%"
