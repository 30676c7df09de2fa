"""The figures at the head of the overview, in words."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from chat.admin import amounts
from chat.admin.overview import links
from chat.admin.overview.figures import Figures
from chat.admin.overview.groups import FAILED, PARTLY, WELL
from chat.admin.overview.heading import Heading
from chat.admin.overview.percentiles import percentile
from chat.admin.overview.sums import Sums
from chat.models import TimingTally

# What is measured, its name, and of what.
MEASURES: list[tuple[str, str, str]] = [
    (TimingTally.Measure.FIRST_SIGN, "First sign of life", "answers"),
    (TimingTally.Measure.FIRST_WORD, "Time to first word", "answers"),
    (TimingTally.Measure.DURATION, "Duration", "completed answers"),
]


@dataclass(frozen=True)
class Tile:
    """`link` leads to what it is made of, and so do the parts of its note."""

    name: str
    values: list[tuple[str, str]]
    note: str
    link: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)


def tiles(found: Figures, heading: Heading) -> list[Tile]:
    total, period = found.total, found.period
    return [
        Tile(
            "Requests",
            [(amounts.count(total.requests), "")],
            "",
            links.rows(period.since, period.until),
            [
                _part(found, "whole answers", WELL.filters, found.by_group[WELL]),
                _part(found, "not whole", PARTLY.filters, found.by_group[PARTLY]),
            ],
        ),
        Tile(
            "Failures",
            [(amounts.share(found.failures, total.requests), "")],
            "",
            _rows(found, **links.FAILED),
            [
                _part(found, group.name, group.filters, found.by_group[group])
                for group in FAILED
            ],
        ),
        *(_time_tile(found, *named) for named in MEASURES),
        Tile(
            "Tokens",
            [(tokens(total, "prompt"), "in"), (tokens(total, "completion"), "out")],
            f"of those in, {tokens(total, 'cached')} cached",
            links.rows(period.since, period.until),
        ),
        Tile(
            "Cost",
            [(cost(total), ""), *guess(total)],
            _compared(found),
            links.rows(period.since, period.until),
        ),
        _heading_tile(heading),
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


def guess(sums: Sums) -> list[tuple[str, str]]:
    """What came to it without a cost that is known; nothing if nothing did."""
    if not sums.estimated_usd:
        return []
    return [(about(sums.estimated_usd), "estimated")]


def about(usd: Decimal) -> str:
    """An estimate, marked as one."""
    return f"≈ {amounts.dollars(usd)}"


def _part(
    found: Figures, name: str, filters: dict[str, str], number: int
) -> tuple[str, str]:
    return f"{name} {amounts.count(number)}", _rows(found, **filters)


def _rows(found: Figures, **filters: str) -> str:
    return links.rows(found.period.since, found.period.until, **filters)


def _time_tile(found: Figures, measure: str, name: str, of: str) -> Tile:
    histogram = found.histogram(measure)
    median, high = in_words(both(histogram))
    number = amounts.count(sum(histogram.values()))
    period = found.period
    link = links.rows(period.since, period.until)
    return Tile(name, [(median, "median"), (high, "95th")], f"of {number} {of}", link)


def _heading_tile(heading: Heading) -> Tile:
    so_far = heading.so_far
    values = [(amounts.dollars(so_far.all), "so far")]
    note = "Heading for –: nothing was counted before."
    if heading.usd is not None:
        note = f"Heading for {about(heading.usd)} at the pace of {heading.pace}."
    return Tile(heading.month, values, note, links.overview(heading.query))


def _compared(found: Figures) -> str:
    total = found.total
    asked, priced = amounts.count(total.requests), amounts.count(total.priced)
    words = f"of {asked} requests {priced} have a known price"
    if not found.before.all:
        return words
    usd = total.cost_usd + total.estimated_usd
    said = amounts.change(usd, found.before.all)
    return f"{said} beside as much of the time before; {words}"
