"""The line of all processes, as Redis has it: who is before whom."""

from collections.abc import Iterator
from typing import Any


def order(line: list[Any]) -> Iterator[str]:
    """Yield all who wait, in the order of their turns: those that were refused first.

    `line` is who is aside, and the clients' shares, as `chat.gate.scripts` has them.
    """
    aside, shares = line
    yield from aside
    yield from _merge(shares)


def _merge(shares: list[Any]) -> list[str]:
    if not shares or isinstance(shares[0], str):
        return shares
    turns = [
        (turn + index * step, number, waiter)
        for turn, number, step, parts in shares
        for index, waiter in enumerate(_merge(parts))
    ]
    turns.sort()
    return [waiter for _, _, waiter in turns]
