"""Those of this process who wait, by their clients and users."""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import msgspec

from chat.gate.rounds import Flow, Rounds
from chat.gate.waiter import Waiter


class Line:
    """`first` has the next turn; whoever takes it, or leaves, is taken out."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds
        self._waiters: dict[tuple[int, int], deque[Waiter]] = {}
        self._flows: dict[tuple[int, int], Flow] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def tell(self, points: int) -> list[Flow]:
        """Return who waits, for other processes, with so many times of each flow."""
        told = []
        for name, flow in self._flows.items():
            came = [waiter.came for waiter in self._waiters[name]]
            step = (len(came) - 1) / (points - 1)
            times = tuple(came[round(index * step)] for index in range(points))
            told.append(msgspec.structs.replace(flow, times=times))
        return told

    def add(self, waiter: Waiter) -> None:
        flow = flow_of(waiter)
        name = flow.client, flow.user
        waiters = self._waiters.setdefault(name, deque())
        waiters.append(waiter)
        self._flows.setdefault(name, flow)
        self._measure(name, waiters)
        self._length += 1

    def first(self, others: Sequence[Flow] = ()) -> Waiter | None:
        """Return whose turn it is; None if nobody waits, or if it is that of one of
        `others`, who wait elsewhere."""
        if not self._length:
            return None
        flow = self.rounds.choose([*self._flows.values(), *others])
        name = (flow.client, flow.user) if flow else (0, 0)
        if flow is None or self._flows.get(name) is not flow:
            return None
        return self._waiters[name][0]

    def take_out(
        self, waiter: Waiter, *, had_turn: bool, others: Sequence[Flow] = ()
    ) -> None:
        """`had_turn`: it was its turn; others are before its client and user now."""
        flow = flow_of(waiter)
        name = flow.client, flow.user
        if had_turn:
            self.rounds.note_turn(flow, [*self._flows.values(), *others])
        waiters = self._waiters[name]
        waiters.remove(waiter)
        if waiters:
            self._measure(name, waiters)
        else:
            del self._waiters[name], self._flows[name]
        self._length -= 1

    def __iter__(self) -> Iterator[Waiter]:
        """Yield all in the order of their turns, if nobody else comes."""
        waiting = [each for waiters in self._waiters.values() for each in waiters]
        return iter(self.rounds.order([(flow_of(each), each) for each in waiting]))

    def _measure(self, name: tuple[int, int], waiters: deque[Waiter]) -> None:
        flow = self._flows[name]
        flow.number = len(waiters)
        flow.first = waiters[0].came


def flow_of(waiter: Waiter) -> Flow:
    """Return `waiter` as a flow of its own."""
    who = waiter.who
    client, user = _number(who.client), _number(who.user)
    return Flow(client, user, who.weight, 1, waiter.came)


@lru_cache(maxsize=1024)
def _number(name: str) -> int:
    digest = blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest)
