"""Whose turn it is: turns go round clients, and within a client round its users.

Who waits is told apart by numbers, so that the processes of a host can tell each other.
"""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

# Of those who wait no longer so many are remembered, and so many for each that waits.
LEAST_REMEMBERED = 64
TIMES_REMEMBERED = 1
NEVER = (0.0, 0.0)

T = TypeVar("T")


class Flow(Struct):
    """Those of one user of one client, who come first served first.

    `number` wait, of whom the first came at `first`, by the clock of `time.monotonic`.
    Of those who wait elsewhere `times` tells when some of all came, the first and the
    last too, with as many between each two.
    """

    client: int
    user: int
    weight: float
    number: int
    first: float
    times: tuple[float, ...] = ()


class Rounds:
    """In which round each client has its next turn, and each of its users.

    One that is not known has it in the round that is now: so nobody has turns to spare
    for not having been there. One that has had its turn has the next one round later, a
    client of weight 2 half a round.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.clients: dict[int, tuple[float, float]] = {}  # and the round of its users
        self.users: dict[tuple[int, int], float] = {}

    def of_client(self, client: int) -> float:
        found = self.clients.get(client)
        return max(found[0], self.now) if found else self.now

    def of_user(self, client: int, user: int) -> float:
        found = self.clients.get(client)
        now = found[1] if found else 0.0
        return max(self.users.get((client, user), 0.0), now)

    def choose(self, flows: Sequence[Flow]) -> Flow | None:
        """Return the one whose turn it is; None if there is none."""
        best: dict[int, tuple[float, float, Flow]] = {}  # of each client
        for flow in flows:
            turn = self.of_user(flow.client, flow.user)
            found = best.get(flow.client)
            if found is None or (turn, flow.first) < found[:2]:
                best[flow.client] = turn, flow.first, flow
        turns = [
            (self.of_client(client), first, client, flow)
            for client, (_, first, flow) in best.items()
        ]
        return min(turns, key=lambda each: each[:3])[3] if turns else None

    def note_turn(self, flow: Flow, waiting: Sequence[Flow]) -> None:
        """`flow` has had its turn; `waiting` are all that waited, that one too."""
        client, user = flow.client, flow.user
        turn, users = self.of_client(client), self.of_user(client, user)
        self.now = turn
        self.clients.pop(client, None)  # whoever had a turn last is the last of them
        self.users.pop((client, user), None)
        self.clients[client] = turn + 1.0 / flow.weight, users
        self.users[client, user] = users + 1.0
        bound = LEAST_REMEMBERED + TIMES_REMEMBERED * len(waiting)
        if sum(each.number for each in waiting) <= 1:
            self.clients.clear()
            self.users.clear()
        elif max(len(self.clients), len(self.users)) > 2 * bound:
            self._forget(waiting, bound)

    def order(self, waiting: Sequence[tuple[Flow, T]]) -> list[T]:
        """Return those of all flows in the order of their turns, if nobody else comes.

        `waiting` are single ones, each a flow of its own with when it came as `first`.
        """
        clients: dict[int, dict[int, list[tuple[Flow, T]]]] = {}
        for flow, one in sorted(waiting, key=lambda each: each[0].first):
            users = clients.setdefault(flow.client, {})
            users.setdefault(flow.user, []).append((flow, one))
        turns = []
        for client, users in clients.items():
            turn = self.of_client(client)
            for index, (flow, one) in enumerate(self._order_of(client, users)):
                at = turn + index / flow.weight
                turns.append((at, flow.first, client, one))
        turns.sort(key=lambda each: each[:3])
        return [each[3] for each in turns]

    def _order_of(
        self, client: int, users: dict[int, list[tuple[Flow, T]]]
    ) -> list[tuple[Flow, T]]:
        turns = [
            (self.of_user(client, user) + index, flow.first, (flow, one))
            for user, those in users.items()
            for index, (flow, one) in enumerate(those)
        ]
        turns.sort(key=lambda each: each[:2])
        return [each[2] for each in turns]

    def _forget(self, waiting: Sequence[Flow], bound: int) -> None:
        """Keep those that wait, and of those that have had a turn which is still to
        come the last ones: of clients, and of users of the clients kept that wait."""
        there = {flow.client for flow in waiting}
        ahead = [name for name, (turn, _) in self.clients.items() if turn > self.now]
        kept = there.union(ahead[-bound:])
        self.clients = {
            name: turns for name, turns in self.clients.items() if name in kept
        }
        users = {(flow.client, flow.user) for flow in waiting}
        last = [
            name
            for name, turn in self.users.items()
            if name[0] in there and turn > self.clients.get(name[0], NEVER)[1]
        ]
        kept_users = users.union(last[-bound:])
        self.users = {
            name: turn for name, turn in self.users.items() if name in kept_users
        }
