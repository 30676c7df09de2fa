"""How fast an answer comes."""

from dataclasses import dataclass

from .answer import EVENTS_A_SECOND, Answer
from .chosen import Chosen

FIRST_EVENT_SECONDS = 0.3


@dataclass(frozen=True)
class Tempo:
    """Seconds before the first event, and between events.

    Times that a scenario names are true seconds; the simulator's own are divided by
    the speed.
    """

    first: float
    interval: float
    reasoning_interval: float

    @classmethod
    def of(cls, chosen: Chosen, speed: float, answer: Answer) -> "Tempo":
        if "takes" in chosen:
            interval = chosen.number("takes") / max(answer.completion_tokens, 1)
            return cls(0.0, interval, interval)
        own = 1 / speed if speed else 0.0
        first = chosen.number("slow", FIRST_EVENT_SECONDS * own)
        interval = own / EVENTS_A_SECOND
        if "trickle" in chosen:
            interval = chosen.number("trickle")
        elif chosen.number("rate"):
            interval = 1 / chosen.number("rate")
        if "flood" in chosen:
            first, interval = chosen.number("slow"), 0.0
        reasoning = 1 / EVENTS_A_SECOND if "think" in chosen else interval
        return cls(first, interval, reasoning)

    def whole(self, answer: Answer) -> float:
        """How long an answer takes that comes in one piece."""
        reasoning = len(answer.reasoning) * self.reasoning_interval
        return self.first + reasoning + len(answer.content) * self.interval
