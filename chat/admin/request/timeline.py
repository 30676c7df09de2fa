"""How a request passed its time, as a picture: drawn here, coloured by the style sheet.

Across everything is in percent, so that the words keep their size on a phone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from chat.admin.amounts import milliseconds
from chat.admin.visible import visible
from chat.models import RequestLog
from chat.models.firsts import firsts
from chat.upstream.attempts import Attempt

LINE = 20  # pixels down from mark to mark
BAR = 30
# What is shorter is no wait: a request is read, and a connection found.
LEAST_WAIT_MS = 20

Span = tuple[str, str, int, int]
"""Kind, name, from when to when."""

decode_attempts = msgspec.json.Decoder(list[Attempt]).decode


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
    parts = [*_before_the_answer(request, end), *_of_the_answer(request, end)]
    spans = [(kind, name, min(a, end), min(b, end)) for kind, name, a, b in parts]
    phases = [
        Phase(kind, name, a, b, _percent(a, end), _percent(b - a, end))
        for kind, name, a, b in spans
        if b > a
    ]
    marks = [
        _mark(name, at, end, line)
        for line, (name, at) in enumerate(_moments(request, end))
    ]
    words = ", ".join(f"{phase.name} {phase.took}" for phase in phases)
    return Timeline(phases, marks, BAR + LINE * len(marks) + 6, words)


def attempts_of(request: RequestLog) -> list[Attempt]:
    """Its tries; none if an older version did not note them."""
    try:
        return decode_attempts(request.attempts) if request.attempts else []
    except msgspec.DecodeError:
        return []


def _moments(request: RequestLog, end: int) -> list[tuple[str, int]]:
    sign, word = firsts(request.first_sign_ms, request.first_word_ms)
    moments = [
        ("asked", 0),
        ("first event", request.first_event_ms),
        ("first sign of life", sign),
        ("first word", word),
        ("end", end),
    ]
    return [(name, min(at, end)) for name, at in moments if at is not None]


def _before_the_answer(request: RequestLog, end: int) -> Iterator[Span]:
    """Waits, and the tries; the last of those until the answer began."""
    sign, _ = firsts(request.first_sign_ms, request.first_word_ms)
    began = _or(sign, _or(request.first_event_ms, end))
    here = 0
    attempts = attempts_of(request) or [Attempt(0)]
    for number, attempt in enumerate(attempts, start=1):
        start = attempt.start if attempt.start - here >= LEAST_WAIT_MS else here
        yield from _wait(attempt, here, start, number)
        if attempt.code is None:
            yield "waiting", "waiting for Z.AI", start, began
            return
        here = end if attempt.end is None else attempt.end
        yield "failing", f"try {number}: {visible(attempt.code)}", start, here


def _wait(attempt: Attempt, here: int, start: int, number: int) -> Iterator[Span]:
    """The end of it is in the queue, where there is one."""
    queued = start - (attempt.queued or 0)
    if queued - here < LEAST_WAIT_MS:
        queued = here
    before = "before Z.AI was asked" if number == 1 else "before the next try"
    yield "pausing", before, here, queued
    yield "queued", "in the queue", queued, start


def _of_the_answer(request: RequestLog, end: int) -> Iterator[Span]:
    sign, word = firsts(request.first_sign_ms, request.first_word_ms)
    if sign is None:
        if request.first_event_ms is not None:
            yield "streaming", "without a word", request.first_event_ms, end
    elif word is not None:
        yield "thinking", "thinking", sign, word
        yield "streaming", "answering", word, end
    elif request.first_word_ms is not None:
        yield "streaming", "thinking and answering", sign, end
    elif request.finish_reason == "tool_calls":
        yield "thinking", "thinking, and calling tools", sign, end
    else:
        yield "thinking", "thinking", sign, end


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
