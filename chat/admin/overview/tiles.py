"""The figures at the head of the overview, in words."""

from collections import Counter
from dataclasses import dataclass

from chat.admin import amounts
from chat.admin.list.filters import ALL_FAILURES
from chat.admin.overview.figures import COMPLETED, FAILURES, UPSTREAM, Figures
from chat.admin.overview.percentiles import percentile
from chat.admin.overview.sums import Sums
from chat.models import TimingTally


@dataclass(frozen=True)
class Tile:
    name: str
    values: list[tuple[str, str]]
    note: str
    ending: str = ""  # of the list's filter, for who wants to see them


def tiles(found: Figures) -> list[Tile]:
    total = found.total
    completed = found.ended(*COMPLETED.endings)
    failures = found.ended(*FAILURES)
    upstream = found.ended(*UPSTREAM.endings)
    return [
        Tile(
            "Requests",
            [(amounts.count(total.requests), "")],
            f"{amounts.share(completed, total.requests)} completed",
        ),
        Tile(
            "Failures",
            [(amounts.share(failures, total.requests), "")],
            f"Z.AI’s {amounts.count(upstream)},"
            f" ours {amounts.count(failures - upstream)}",
            ending=ALL_FAILURES,
        ),
        _time_tile(found, TimingTally.Measure.FIRST_WORD, "Time to first word"),
        _time_tile(found, TimingTally.Measure.DURATION, "Duration"),
        Tile(
            "Tokens",
            [(tokens(total, "prompt"), "in"), (tokens(total, "completion"), "out")],
            f"of those in, {tokens(total, 'cached')} cached",
        ),
        Tile("Cost", [(cost(total), "")], _priced(total)),
    ]


def both(histogram: Counter[int]) -> tuple[float, float] | None:
    median, high = percentile(histogram, 0.5), percentile(histogram, 0.95)
    return None if median is None or high is None else (median, high)


def in_words(point: tuple[float, float] | None) -> tuple[str, str]:
    median, high = point or (None, None)
    return amounts.milliseconds(median), amounts.milliseconds(high)


def tokens(sums: Sums, kind: str) -> str:
    """No answer is without tokens: a sum of none means that none was reported."""
    reported = sums.prompt_tokens or sums.completion_tokens
    return amounts.count(getattr(sums, f"{kind}_tokens") if reported else None)


def cost(sums: Sums) -> str:
    return amounts.dollars(sums.cost_usd if sums.priced else None)


def _time_tile(found: Figures, measure: str, name: str) -> Tile:
    histogram = found.histogram(measure)
    median, high = in_words(both(histogram))
    number = amounts.count(sum(histogram.values()))
    which = (
        "completed answers" if measure == TimingTally.Measure.DURATION else "answers"
    )
    return Tile(name, [(median, "median"), (high, "95th")], f"of {number} {which}")


def _priced(sums: Sums) -> str:
    asked, priced = amounts.count(sums.requests), amounts.count(sums.priced)
    return f"of {asked} requests {priced} have a known price"
