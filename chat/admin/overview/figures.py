"""What the overview knows of a period before it is put in words."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import add

from chat.admin.overview import sums
from chat.admin.overview.groups import FAILED, GROUPS, Group, group_of
from chat.admin.overview.period import Period
from chat.admin.overview.sums import Failed, Money, Reason, Sums

MODELS = 8
REASONS = 12


@dataclass
class Figures:
    """`endings` are all that ended, `reasons` those of them that were not simply well;
    `models` are those asked most, and `money` what they cost. `before` is what
    everything cost in as much of the period before as has passed of this one."""

    period: Period
    now: datetime
    endings: dict[int, dict[str, Sums]]
    reasons: dict[int, Counter[Reason]]
    failed: list[Failed]
    models: list[tuple[str, Sums]]
    money: dict[int, dict[str, Money]]
    money_before: dict[int, Money]
    before: Money
    timings: sums.Timings

    @property
    def bins(self) -> range:
        return self.period.bins

    @cached_property
    def total(self) -> Sums:
        return reduce(add, map(self.sums_of, self.endings), Sums())

    @cached_property
    def by_reason(self) -> Counter[Reason]:
        """All that ended; those that went well too."""
        return reduce(add, map(self._reasons_of, self.endings), Counter())

    @cached_property
    def by_group(self) -> Counter[Group]:
        found: Counter[Group] = Counter()
        for reason, requests in self.by_reason.items():
            found[group_of(reason)] += requests
        return found

    @property
    def failures(self) -> int:
        """Requests that failed by somebody's fault."""
        return sum(self.by_group[group] for group in FAILED)

    def name(self, number: int) -> str:
        """When a bin was, and whether it is still filling, in words."""
        is_filling = self.period.start(number) <= self.now < self.period.end(number)
        return self.period.name(number) + (" (so far)" if is_filling else "")

    def sums_of(self, number: int) -> Sums:
        return reduce(add, self.endings.get(number, {}).values(), Sums())

    def in_groups(self, number: int) -> list[int]:
        """The requests of a bin, group by group."""
        found: Counter[Group] = Counter()
        for reason, requests in self._reasons_of(number).items():
            found[group_of(reason)] += requests
        return [found[group] for group in GROUPS]

    def histogram(self, measure: str) -> Counter[int]:
        return reduce(add, self.timings.get(measure, {}).values(), Counter())

    def _reasons_of(self, number: int) -> Counter[Reason]:
        """Of a bin. Nothing is said of those that were simply well, or that an older
        version counted."""
        found = Counter(self.reasons.get(number, {}))
        told: Counter[str] = Counter()
        for reason, requests in found.items():
            told[reason.ending] += requests
        for ending, all_of_them in self.endings.get(number, {}).items():
            if (others := all_of_them.requests - told[ending]) > 0:
                found[Reason(ending, "", "")] += others
        return found


def figures(period: Period, now: datetime) -> Figures:
    """Ask the database: nine queries, whatever the period and the load were."""
    models = sums.by_model(period, MODELS)
    return Figures(
        period,
        now,
        sums.by_bin_and_ending(period),
        sums.reasons(period),
        sums.failed(period, REASONS),
        models,
        sums.money(period, [name for name, _ in models]),
        sums.money_before(period),
        sums.money_between(period.before, period.then(now), period.span),
        sums.timings(period),
    )
