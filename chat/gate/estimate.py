"""How long somebody in a line will wait: by how long slots have been held lately."""

import heapq
from collections.abc import Sequence

# How much the latest counts: about the last twenty holds do.
SHARE_OF_THE_LATEST = 0.05
# A slot that is held longer than usual is taken for one that is free soon.
LEAST_SHARE_LEFT = 0.1


def mean_hold(before: float | None, held: float, number: int) -> float:
    """Return for how long slots are held, once one more was for `held` seconds.

    `number` is how many were before: the first few count alike.
    """
    if before is None:
        return held
    share = max(SHARE_OF_THE_LATEST, 1 / (number + 1))
    return before + share * (held - before)


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
