"""How many requests are open for each key and model, and what became of all others."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Count:
    """Of one model, asked with one key.

    `open` are those that are being answered. `most_open` was the most that there ever
    were, and counts one that was refused for it. `refused` is by Z.AI's codes.
    `seconds_open` says for how long so many were open.
    """

    open: int = 0
    most_open: int = 0
    questions: int = 0
    answered: int = 0
    broken_off: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    seconds_open: defaultdict[int, float] = field(
        default_factory=lambda: defaultdict(float)
    )
    since: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self._change(1)
        self.questions += 1
        self.most_open = max(self.most_open, self.open)

    def end(self, *, whole: bool) -> None:
        self._change(-1)
        self.answered += whole
        self.broken_off += not whole

    def refuse(self, code: str) -> None:
        self._change(-1)
        self.refused[code] += 1

    def as_json(self) -> dict[str, Any]:
        self._change(0)
        lasted = sorted(self.seconds_open.items())
        return {
            "open": self.open,
            "most_open": self.most_open,
            "questions": self.questions,
            "answered": self.answered,
            "broken_off": self.broken_off,
            "refused": dict(self.refused),
            "seconds_open": {str(n): round(seconds, 6) for n, seconds in lasted},
        }

    def _change(self, by: int) -> None:
        now = time.monotonic()
        self.seconds_open[self.open] += now - self.since
        self.since = now
        self.open += by


class Counts:
    """By key and model, in the order in which they were first asked."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}

    def of(self, key: str, model: str) -> Count:
        return self._counts.setdefault((key, model), Count())

    def clear(self) -> None:
        """Forget what has ended; what is open stays counted."""
        self._counts = {
            name: Count(count.open, count.open, count.open)
            for name, count in self._counts.items()
            if count.open
        }

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "model": model, **count.as_json()}
            for (key, model), count in self._counts.items()
        ]
