"""Where those of a process stand among all who wait on its host."""

from collections.abc import Iterator, Sequence

from chat.gate.line import flow_of
from chat.gate.rounds import Flow, Rounds
from chat.gate.table import Row
from chat.gate.waiter import Waiter


def places(
    waiting: Sequence[Waiter], others: Sequence[Row], rounds: Rounds
) -> list[int]:
    """Return the places of `waiting`, as if nobody else came.

    Those that Z.AI refused come first. Of a user who waits elsewhere it is known when
    some requests came: the others are taken to have come evenly between.
    """
    if not others:
        return list(range(1, len(waiting) + 1))
    line: list[tuple[Flow, Waiter | None]] = []
    first: list[Waiter | None] = [None for row in others if row.is_due]
    for waiter in waiting:
        if waiter.due:
            first.append(waiter)
        else:
            line.append((flow_of(waiter), waiter))
    line += [(one, None) for row in others for flow in row.flows for one in _each(flow)]
    found = enumerate([*first, *rounds.order(line)], 1)
    place = {waiter: number for number, waiter in found if waiter}
    return [place[waiter] for waiter in waiting]


def _each(flow: Flow) -> Iterator[Flow]:
    parts = len(flow.times) - 1
    for index in range(flow.number):
        at, rest = divmod(index * parts, max(1, flow.number - 1))
        before, after = flow.times[at], flow.times[min(at + 1, parts)]
        came = before + (after - before) * rest / max(1, flow.number - 1)
        yield Flow(flow.client, flow.user, flow.weight, 1, came)
