"""Those who wait, in a fair order: turns go round clients, then round their users."""

from collections import deque
from collections.abc import Iterator

from chat.gate.waiter import Waiter, Who

Path = tuple[tuple[str, float], ...]  # names, from the outside in, with their weights


class Line:
    """`first` has the next turn; whoever takes it, or leaves, is taken out."""

    def __init__(self) -> None:
        self._all = _Share(0.0, 1.0, 0)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, waiter: Waiter) -> None:
        self._all.add(_path(waiter.who), waiter)
        self._length += 1

    def first(self) -> Waiter | None:
        """Return whose turn it is; None if nobody waits."""
        return self._all.first() if self._length else None

    @property
    def turns(self) -> float:
        """How many turns a round has: one for each client, or as many as its weight."""
        return sum(1.0 / part.step for part in self._all.parts.values())

    def take_out(self, waiter: Waiter, *, had_turn: bool) -> None:
        """`had_turn`: it was its turn; others are before its client and user now."""
        self._all.take_out(_path(waiter.who), waiter, had_turn)
        self._length -= 1

    def __iter__(self) -> Iterator[Waiter]:
        """Yield all in the order of their turns, if nobody else comes."""
        return iter(self._all.order())


class _Share:
    """One who has turns, and the parts among whom they go round: of all the clients, of
    a client its users. The turns of a user are its waiters', as they came.

    `turn` says in which round the next one is, and `step` how many rounds lie between
    two; of two in the same round who came first is first.
    """

    __slots__ = (
        "comers",
        "gone",
        "number",
        "parts",
        "round",
        "step",
        "turn",
        "waiters",
    )

    def __init__(self, turn: float, step: float, number: int) -> None:
        self.turn = turn
        self.step = step
        self.number = number
        self.parts: dict[str, _Share] = {}
        self.waiters: deque[Waiter] = deque()
        self.round = 0.0
        self.comers = 0
        # When those would have their next turn who have nothing here at the moment:
        # they are not sooner back in turn for having been away.
        self.gone: dict[str, float] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.waiters)

    def add(self, path: Path, waiter: Waiter) -> None:
        if not path:
            self.waiters.append(waiter)
            return
        (name, weight), *rest = path
        part = self.parts.get(name)
        if part is None:
            self.comers += 1
            turn = max(self.round, self.gone.pop(name, 0.0))
            part = self.parts[name] = _Share(turn, 1.0 / weight, self.comers)
        part.add(tuple(rest), waiter)

    def first(self) -> Waiter:
        share = self
        while share.parts:
            share = min(share.parts.values(), key=_next)
        return share.waiters[0]

    def take_out(self, path: Path, waiter: Waiter, had_turn: bool) -> None:
        if not path:
            self.waiters.remove(waiter)
            return
        (name, _), *rest = path
        part = self.parts[name]
        part.take_out(tuple(rest), waiter, had_turn)
        if had_turn:
            self.round = part.turn
            part.turn += part.step
        if part.is_empty:
            del self.parts[name]
            self._remember(name, part.turn)

    def order(self) -> list[Waiter]:
        if not self.parts:
            return list(self.waiters)
        turns = [
            (part.turn + index * part.step, part.number, waiter)
            for part in self.parts.values()
            for index, waiter in enumerate(part.order())
        ]
        turns.sort(key=lambda turn: turn[:2])
        return [waiter for _, _, waiter in turns]

    def _remember(self, name: str, turn: float) -> None:
        self.gone[name] = turn
        if not self.parts:
            self.gone.clear()
        elif len(self.gone) > 2 * len(self.parts) + 10:
            self.gone = {n: t for n, t in self.gone.items() if t > self.round}


def _path(who: Who) -> Path:
    return ((who.client, who.weight), (who.user, 1.0))


def _next(share: _Share) -> tuple[float, int]:
    return share.turn, share.number
