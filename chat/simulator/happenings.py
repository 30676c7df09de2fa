"""What befalls a streamed answer on its way, scenario by scenario."""

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle

from . import frames
from .faults import Fault
from .frames import Frames
from .identity import new_id
from .script import Script
from .steps import (
    Drop,
    Pause,
    Raw,
    Step,
    after_events,
    between_events,
    ending_after_events,
)

# How much later a second attempt within one answer was begun, in the recordings.
_RESTART_SECONDS = 93
_BARE_LINES = (
    b": keep-alive\n\n",
    b'"location": "Paris"\n\n',
    b"id: 7\nretry: 300\n\n",
)


def steps_of(script: Script) -> Iterator[Step]:
    """All steps of the answer, with what its scenarios do to them."""
    steps = script.attempt(_frames(script))
    for name, happens in _HAPPENINGS.items():
        if name in script.chosen:
            steps = happens(script, steps)
    yield Pause(script.tempo.first)
    yield from steps


def _stall(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    silence = Pause(script.chosen.number("stall"))
    return after_events(steps, _second(script, "stall"), [silence])


def _glued(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    """The frame that breaks off has no line end: the new attempt stands right there."""
    first = _frames(script)
    restart = script.created + _RESTART_SECONDS
    second = Frames(new_id(later=_RESTART_SECONDS), restart, script.model)

    def ending() -> Iterator[Step]:
        yield Raw(first.broken_off())
        yield from script.attempt(second)

    return ending_after_events(steps, _count(script, "glued"), ending())


def _malformed(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    events = _frames(script)
    unreadable = Raw(events.unreadable())
    return after_events(steps, _count(script, "malformed"), [unreadable])


def _bad_utf8(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    events = _frames(script)
    return after_events(steps, _count(script, "bad-utf8"), [events.not_utf8()])


def _bare_lines(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return between_events(steps, 3, cycle(_BARE_LINES))


def _stream_error(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    error = frames.error_event(_fault(script, "stream-error").body)
    return ending_after_events(steps, _second(script, "stream-error"), [error])


def _stream_error_event(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    name = "stream-error-event"
    error = frames.named_error_event(_fault(script, name).body, script.answer_id)
    return ending_after_events(steps, _second(script, name), [error])


def _no_finish(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    ending = [] if "no-done" in script.chosen else [Raw(frames.DONE)]
    return ending_after_events(steps, _count(script, "no-finish"), ending)


def _cut(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return ending_after_events(steps, _count(script, "cut"), [Drop()])


def _reset(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return ending_after_events(steps, _count(script, "reset"), [Drop(reset=True)])


def _crlf(_script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, bytes):
            step = step.replace(b"\n", b"\r\n")
        elif isinstance(step, Raw):
            step = Raw(step.data.replace(b"\n", b"\r\n"))
        yield step


# In this order: silence comes before what ends it, and line ends come last.
_HAPPENINGS: dict[str, Callable[[Script, Iterable[Step]], Iterator[Step]]] = {
    "glued": _glued,
    "malformed": _malformed,
    "bad-utf8": _bad_utf8,
    "stall": _stall,
    "stream-error": _stream_error,
    "stream-error-event": _stream_error_event,
    "no-finish": _no_finish,
    "cut": _cut,
    "reset": _reset,
    "bare-lines": _bare_lines,
    "crlf": _crlf,
}


def _frames(script: Script) -> Frames:
    return Frames(script.answer_id, script.created, script.model)


def _fault(script: Script, name: str) -> Fault:
    return Fault(
        script.chosen.values[name].first,
        reset_at=script.chosen.reset_at,
        id=script.answer_id,
        request_id=script.answer_id,
    )


def _second(script: Script, name: str) -> int:
    return script.chosen.values[name].second or 0


def _count(script: Script, name: str) -> int:
    return script.chosen.values[name].count
