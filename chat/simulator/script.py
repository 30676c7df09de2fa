"""A streamed answer as steps."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import frames
from .answer import Answer
from .chosen import Chosen
from .frames import Frames
from .identity import streamed_call_id
from .pace import Tempo
from .steps import Pace, Pause, Raw, Step
from .tokens import split
from .usage import Usage


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

    def attempt(self, events: Frames) -> Iterator[Step]:
        """The answer from its first word to its end."""
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
