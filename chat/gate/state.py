"""What processes know of a lane in common, and where it is kept."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from chat.gate.learning import Learned
from chat.gate.rounds import Rounds
from chat.gate.table import Row
from chat.gate.waiter import Waiter


class Closure(Struct, frozen=True, kw_only=True):
    """Why nobody may ask Z.AI, by what it said last. Times are Unix times.

    Until `until` callers are told that; at `next_try` one of them asks, who finds out.
    `pause` is how long it was the last time, in seconds, where that grows. `is_told`:
    Z.AI named the time.
    """

    code: str
    status: int
    message: str
    whose: str
    type: str
    since: float
    until: float
    next_try: float
    pause: float = 0.0
    is_told: bool = False


class State(Struct, frozen=True, omit_defaults=True):
    """`hold` is for how many seconds a slot is held, about, as the mean of `holds` at
    least; `ailing` is how many tries have failed on end. `refused_alone` is how
    many Z.AI refused while nothing of ours ran, and `rests_until` the Unix time until
    which nobody asks for that.
    """

    learned: Learned
    hold: float | None = None
    holds: int = 0
    ailing: int = 0
    refused_alone: int = 0
    rests_until: float = 0.0
    closure: Closure | None = None


class Served(Protocol):
    """The lane in this process."""

    def grant(self, waiter: Waiter, number: int | None) -> None:
        """It is the turn of `waiter`, and it has the slot `number`. None: all are
        taken, and it may not wait."""
        ...

    def look(self) -> None:
        """Something has changed: there may be slots, or the gate may be shut."""
        ...


class Slots(Protocol):
    """The slots of one lane, and its state; nothing here waits."""

    @property
    def gives_turns(self) -> bool:
        """Whether all processes have one line, and `grant` says whose turn it is; then
        `take` has none."""
        ...

    @property
    def seconds_between_looks(self) -> float | None:
        """How often to look for slots that others have given back; None: never."""
        ...

    def serve(self, lane: Served) -> None:
        """From now on tell `lane`."""
        ...

    def enter(self, waiter: Waiter) -> None:
        """`waiter` stands in line."""
        ...

    def leave(self, waiter: Waiter) -> None:
        """It does not any more."""
        ...

    def take(
        self, limit: int, *, of_all: bool = False, has_turn: bool = False
    ) -> int | None:
        """Take one of `limit` slots and return its number; None if none is free, or if
        others wait. `of_all`: whatever the share of this host. `has_turn`: whoever
        waits."""
        ...

    def share_of(self, limit: int) -> int:
        """Return how many of `limit` slots are for this host."""
        ...

    def give_back(self, number: int) -> None: ...

    def count(self, *, exactly: bool = False) -> int:
        """Return how many are taken, by all who share them: as was seen a moment ago,
        or, where it can be had, `exactly`."""
        ...

    def read(self) -> State: ...

    def change(self, change: Callable[[State], State]) -> State:
        """Put what `change` makes of the state in its place, and return it."""
        ...

    @property
    def rounds(self) -> Rounds:
        """How turns go round those who wait, where `gives_turns` is not so."""
        ...

    def has_free(self, limit: int) -> bool:
        """Whether one of `limit` slots may be free, as far as it looks."""
        ...

    def tell_waiting(self, row: Row) -> None:
        """Who waits in this process."""
        ...

    def others(self) -> list[Row]:
        """Return who waits in the others, whose turn may be before that of ours; not
        those who have not taken it for a moment."""
        ...

    def places(self, waiting: Sequence[Waiter]) -> list[int]:
        """Return where those of this process stand among all; they are in order of
        their turns among themselves."""
        ...

    def close(self) -> None:
        """Leave the slots to the others; what is held goes on being held."""
        ...


class OwnLine:
    """For slots that each process takes by `take`, for those who wait in it."""

    gives_turns = False
    seconds_between_looks: float | None = None

    def share_of(self, limit: int) -> int:
        return limit

    def serve(self, lane: Served) -> None:
        pass

    def enter(self, waiter: Waiter) -> None:
        pass

    def leave(self, waiter: Waiter) -> None:
        pass

    def others(self) -> list[Row]:
        return []

    def places(self, waiting: Sequence[Waiter]) -> list[int]:
        return list(range(1, len(waiting) + 1))


class OwnSlots(OwnLine):
    """Of one process alone, as long as it runs."""

    def __init__(self, state: State) -> None:
        self.rounds = Rounds()
        self._state = state
        self._taken: set[int] = set()

    def has_free(self, limit: int) -> bool:
        return len(self._taken) < limit

    def take(
        self, limit: int, *, of_all: bool = False, has_turn: bool = False
    ) -> int | None:
        if len(self._taken) >= limit:
            return None
        number = next(n for n in range(limit) if n not in self._taken)
        self._taken.add(number)
        return number

    def give_back(self, number: int) -> None:
        self._taken.discard(number)

    def count(self, *, exactly: bool = False) -> int:
        return len(self._taken)

    def read(self) -> State:
        return self._state

    def change(self, change: Callable[[State], State]) -> State:
        self._state = change(self._state)
        return self._state

    def tell_waiting(self, row: Row) -> None:
        pass

    def close(self) -> None:
        pass
