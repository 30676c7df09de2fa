"""What the overview knows of a period before it is put in words."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import add

from chat.admin.overview import sums
from chat.admin.overview.period import Period
from chat.admin.overview.sums import Sums
from chat.ending import Ending

MODELS = 8


@dataclass(frozen=True)
class Group:
    """Endings that one colour of a chart stands for."""

    kind: str
    name: str
    endings: frozenset[str]


# From the bottom of a bar to its top
GROUPS = [
    Group("completed", "Completed", frozenset({Ending.COMPLETED})),
    Group("left", "Caller left", frozenset({Ending.CLIENT_DISCONNECTED})),
    Group("refused", "Refused", frozenset({Ending.REFUSED})),
    Group(
        "upstream",
        "Z.AI’s fault",
        frozenset(
            {Ending.UPSTREAM_REJECTED, Ending.UPSTREAM_FAILED, Ending.UPSTREAM_TIMEOUT}
        ),
    ),
    Group(
        "ours",
        "Our side",
        frozenset({Ending.STOPPED, Ending.INTERRUPTED, Ending.FAILED}),
    ),
]
COMPLETED, LEFT, REFUSED, UPSTREAM, OURS = GROUPS
# What someone has to look into. What we refused was told to its caller, who can mend
# it; a stop by an operator is no failure, though the end came from our side.
FAILURES = UPSTREAM.endings | OURS.endings - {Ending.STOPPED}


@dataclass
class Figures:
    period: Period
    first: int
    endings: dict[int, dict[str, Sums]]
    models: list[tuple[str, Sums]]
    timings: sums.Timings

    @property
    def bins(self) -> range:
        return range(self.first, self.first + self.period.bins)

    @cached_property
    def by_ending(self) -> dict[str, Sums]:
        found: dict[str, Sums] = {}
        for endings in self.endings.values():
            for ending, more in endings.items():
                found[ending] = found.get(ending, Sums()) + more
        return found

    @cached_property
    def total(self) -> Sums:
        return reduce(add, self.by_ending.values(), Sums())

    def ended(self, *endings: str) -> int:
        """How many requests ended in one of these ways."""
        return sum(self.by_ending[e].requests for e in endings if e in self.by_ending)

    def in_groups(self, number: int) -> list[int]:
        """The requests of a bin, group by group."""
        found = self.endings.get(number, {})
        return [
            sum(found[ending].requests for ending in group.endings & found.keys())
            for group in GROUPS
        ]

    def histogram(self, measure: str) -> Counter[int]:
        return reduce(add, self.timings.get(measure, {}).values(), Counter())


def figures(period: Period, now: datetime) -> Figures:
    """Ask the database: three queries, whatever the period and the load were."""
    return Figures(
        period,
        period.first_bin(now),
        sums.by_bin_and_ending(period, now),
        sums.by_model(period, now, MODELS),
        sums.timings(period, now),
    )
