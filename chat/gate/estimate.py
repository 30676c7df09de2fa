"""How long somebody in a line will wait: by how long slots have been held lately."""

import heapq
from collections.abc import Sequence

from msgspec.structs import replace

from chat.gate.state import State

# Of so many holds the mean is made, about.
MOST_HOLDS = 20
# A slot that is held longer than usual is taken for one that is free soon.
LEAST_SHARE_LEFT = 0.1


def learn_holds(held: Sequence[float], state: State) -> State:
    """Return `state` once slots were `held` for so many seconds each: of the first few
    it has the mean, and then the latest count for more."""
    hold, number = state.hold, state.holds
    for seconds in held:
        number = min(number + 1, MOST_HOLDS)
        hold = seconds if hold is None else hold + (seconds - hold) / number
    return replace(state, hold=hold, holds=number)


def waits(number: int, hold: float, ages: Sequence[float], limit: int) -> list[float]:
    """Return in how many seconds each of `number` has a slot, in their order.

    `hold` is the mean time that a slot is held, `ages` are those of the slots that are
    held now, and so many as `limit` may be.
    """
    free = [max(hold - age, LEAST_SHARE_LEFT * hold) for age in ages]
    free += [0.0] * (limit - len(free))
    over = len(free) - limit  # as many must be free before somebody has one
    heapq.heapify(free)
    for _ in range(over):
        heapq.heappop(free)
    found = []
    for _ in range(number):
        at = heapq.heappop(free)
        found.append(at)
        heapq.heappush(free, at + hold)
    return found
