"""What processes know of a lane in common, and where it is kept."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from chat.gate.learning import Learned


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
    """`hold` is for how many seconds a slot is held, about; `ailing` is how many tries
    have failed on end. `refused_alone` is how many Z.AI refused while nothing of ours
    ran, and `rests_until` the Unix time until which nobody asks for that.
    """

    learned: Learned
    hold: float | None = None
    ailing: int = 0
    refused_alone: int = 0
    rests_until: float = 0.0
    closure: Closure | None = None


class Slots(Protocol):
    """The slots of one lane, and its state; nothing here waits."""

    def take(self, limit: int) -> int | None:
        """Take one of `limit` slots and return its number; None if none is free, or if
        it is the turn of another process."""
        ...

    def give_back(self, number: int) -> None: ...

    def count(self) -> int:
        """Return how many are taken, by all who share them."""
        ...

    def read(self) -> State: ...

    def change(self, change: Callable[[State], State]) -> State:
        """Put what `change` makes of the state in its place, and return it."""
        ...

    def tell_waiting(self, number: int) -> None:
        """So many wait in this process: they have turns with those of the others."""
        ...

    def waiting_elsewhere(self) -> list[int]:
        """Return how many wait in each of the others."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether others may give slots back, of which nobody is told."""
        ...

    def close(self) -> None:
        """Leave the slots to the others; what is held goes on being held."""
        ...


class OwnSlots:
    """Of one process alone, as long as it runs."""

    is_shared = False

    def __init__(self, state: State) -> None:
        self._state = state
        self._taken: set[int] = set()

    def take(self, limit: int) -> int | None:
        if len(self._taken) >= limit:
            return None
        number = next(n for n in range(limit) if n not in self._taken)
        self._taken.add(number)
        return number

    def give_back(self, number: int) -> None:
        self._taken.discard(number)

    def count(self) -> int:
        return len(self._taken)

    def read(self) -> State:
        return self._state

    def change(self, change: Callable[[State], State]) -> State:
        self._state = change(self._state)
        return self._state

    def tell_waiting(self, number: int) -> None:
        pass

    def waiting_elsewhere(self) -> list[int]:
        return []

    def close(self) -> None:
        pass
