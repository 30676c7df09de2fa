"""The axes of a chart: what they reach to, and what stands beside them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TOP = 12  # room for bars that are drawn higher than they are

_NICE = (1, 2, 5, 10)
_NICE_MS = (15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000)


@dataclass(frozen=True)
class Tick:
    at: str
    label: str


def steps_to(highest: float, is_time: bool = False) -> list[float]:
    """Return from 0 up at most five round numbers, the last not below `highest`."""
    least = max(highest / 4, 1)
    power = 10 ** math.floor(math.log10(least))
    step: float = next(n * power for n in _NICE if n * power >= least * (1 - 1e-9))
    if is_time and least > 10_000:
        step = next((n for n in _NICE_MS if n >= least), math.ceil(least / 36e5) * 36e5)
    return [step * i for i in range(max(math.ceil(highest / step), 1) + 1)]


def levels(
    steps: Sequence[float], level: Callable[[float], str], height: int
) -> list[Tick]:
    scale = height / steps[-1]
    return [Tick(f"{TOP + height - n * scale:.1f}", level(n)) for n in steps]


def times(labels: Sequence[str]) -> list[Tick]:
    return [
        Tick(percent(i / len(labels)), label) for i, label in enumerate(labels) if label
    ]


def percent(share: float) -> str:
    return f"{100 * share:.3f}%"
