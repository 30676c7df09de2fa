"""Those who wait in a lane: the line, and those set aside until they may come again."""

import heapq
from collections.abc import Iterator, Sequence

from chat.gate.line import Line
from chat.gate.rounds import Flow, Rounds
from chat.gate.table import POINTS, Row
from chat.gate.waiter import Waiter


class Waiting:
    """Times are by the clock of the event loop.

    One that Z.AI refused is set aside, and is the first once it is due.
    """

    def __init__(self, rounds: Rounds) -> None:
        self._line = Line(rounds)
        self._aside: list[tuple[float, int, Waiter]] = []  # a heap, by when it is due
        self._changes = 0
        self._told: list[Flow] | None = None  # since the last change

    def __len__(self) -> int:
        return len(self._line) + len(self._aside)

    def __iter__(self) -> Iterator[Waiter]:
        """Yield all in the order of their turns, if nobody else comes."""
        for _, _, waiter in sorted(self._aside, key=lambda each: each[:2]):
            yield waiter
        yield from self._line

    def add(self, waiter: Waiter, due: float) -> None:
        """`due` 0: it stands in line."""
        waiter.due, waiter.is_waiting, waiter.has_waited = due, True, True
        self._note_change()
        if due:
            heapq.heappush(self._aside, (due, waiter.number, waiter))
        else:
            self._line.add(waiter)

    def first(self, now: float, others: Sequence[Flow] = ()) -> Waiter | None:
        """Return whose turn it is; None if nobody may have one, or if it is that of one
        of `others`, who wait elsewhere."""
        return self._aside[0][2] if self.is_due(now) else self._line.first(others)

    def take_out(
        self, waiter: Waiter, *, had_turn: bool, others: Sequence[Flow] = ()
    ) -> bool:
        """Whether it was there still."""
        if not waiter.is_waiting:
            return False
        waiter.is_waiting = False
        self._note_change()
        if waiter.due:
            self._aside = [each for each in self._aside if each[2] is not waiter]
            heapq.heapify(self._aside)
        else:
            self._line.take_out(waiter, had_turn=had_turn, others=others)
        return True

    def is_due(self, now: float) -> bool:
        """Whether one of those set aside may come again."""
        return bool(self._aside) and self._aside[0][0] <= now

    def next_due(self, now: float) -> float | None:
        """Return when the next of those set aside is due; None if one is, or none is
        there."""
        return self._aside[0][0] if self._aside and not self.is_due(now) else None

    def row(self, now: float) -> Row:
        """Return who would take a slot at once, for the other processes."""
        is_due = self.is_due(now)
        waiting = len(self._line) + is_due
        if self._told is None:
            self._told = self._line.tell(POINTS)
        return Row(waiting, is_due, self._told, self._changes)

    def _note_change(self) -> None:
        self._changes += 1
        self._told = None
