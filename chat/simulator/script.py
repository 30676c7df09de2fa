"""A streamed answer as steps, with the scenarios that befall it on its way."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle

from . import frames
from .answer import Answer
from .chosen import Chosen
from .faults import Fault
from .frames import Frames
from .identity import new_id, streamed_call_id
from .pace import Tempo
from .steps import (
    Drop,
    Pace,
    Pause,
    Raw,
    Step,
    after_events,
    between_events,
    ending_after_events,
)
from .tokens import split
from .usage import Usage

# How much later a second attempt within one answer was begun, in the recordings.
_RESTART_SECONDS = 93
_BARE_LINES = (
    b": keep-alive\n\n",
    b'"location": "Paris"\n\n',
    b"id: 7\nretry: 300\n\n",
)


@dataclass(frozen=True)
class Script:
    """Everything a streamed answer is made of."""

    answer: Answer
    usage: Usage
    chosen: Chosen
    tempo: Tempo
    answer_id: str
    created: int
    model: str
    tool_stream: bool = False

    def steps(self) -> Iterator[Step]:
        steps = self._answer(Frames(self.answer_id, self.created, self.model))
        for name, happens in _HAPPENINGS.items():
            if name in self.chosen:
                steps = happens(self, steps)
        yield Pause(self.tempo.first)
        yield from steps

    def _answer(self, events: Frames) -> Iterator[Step]:
        yield Pace(self.tempo.reasoning_interval)
        yield from map(events.reasoning, self.answer.reasoning)
        yield Pace(self.tempo.interval)
        yield from map(events.content, self.answer.content)
        yield from self._tool_calls(events)
        yield from self._ending(events)

    def _tool_calls(self, events: Frames) -> Iterator[bytes]:
        for index, call in enumerate(self.answer.tool_calls):
            call_id = streamed_call_id()
            if not self.tool_stream:
                yield events.tool_call(index, call_id, call)
                continue
            yield events.tool_call_opening(index, call_id, call)
            for piece in split(call.arguments):
                yield events.tool_call_fragment(index, piece)

    def _ending(self, events: Frames) -> Iterator[Step]:
        finish_reason, extras = self.answer.finish_reason, self.answer.extras
        counted = finish_reason not in ("sensitive", "network_error")
        final = events.final(finish_reason, self.usage if counted else None, extras)
        if "no-blank-line" in self.chosen:
            yield final.rstrip(b"\n")
            return
        yield final
        if "no-done" not in self.chosen:
            yield Raw(frames.DONE)
        yield Pause(self.chosen.number("hold-open"))

    def _fault(self, name: str) -> Fault:
        return Fault(
            self.chosen.values[name].first,
            reset_in=self.chosen.number("reset-in", 3600),
            id=self.answer_id,
            request_id=self.answer_id,
        )

    def _second(self, name: str) -> int:
        return self.chosen.values[name].second or 0

    def _count(self, name: str) -> int:
        return self.chosen.values[name].count


def _stall(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    silence = Pause(script.chosen.number("stall"))
    return after_events(steps, script._second("stall"), [silence])


def _glued(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    """The frame that breaks off has no line end: the new attempt stands right there."""
    first = Frames(script.answer_id, script.created, script.model)
    restart = script.created + _RESTART_SECONDS
    second = Frames(new_id(later=_RESTART_SECONDS), restart, script.model)

    def ending() -> Iterator[Step]:
        yield Raw(first.broken_off())
        yield from script._answer(second)

    return ending_after_events(steps, script._count("glued"), ending())


def _malformed(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    events = Frames(script.answer_id, script.created, script.model)
    unreadable = Raw(events.unreadable())
    return after_events(steps, script._count("malformed"), [unreadable])


def _bad_utf8(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    events = Frames(script.answer_id, script.created, script.model)
    return after_events(steps, script._count("bad-utf8"), [events.not_utf8()])


def _bare_lines(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return between_events(steps, 3, cycle(_BARE_LINES))


def _stream_error(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    error = frames.error_event(script._fault("stream-error").body)
    return ending_after_events(steps, script._second("stream-error"), [error])


def _stream_error_event(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    name = "stream-error-event"
    error = frames.named_error_event(script._fault(name).body, script.answer_id)
    return ending_after_events(steps, script._second(name), [error])


def _no_finish(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    ending = [] if "no-done" in script.chosen else [Raw(frames.DONE)]
    return ending_after_events(steps, script._count("no-finish"), ending)


def _cut(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return ending_after_events(steps, script._count("cut"), [Drop()])


def _reset(script: Script, steps: Iterable[Step]) -> Iterator[Step]:
    return ending_after_events(steps, script._count("reset"), [Drop(reset=True)])


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
