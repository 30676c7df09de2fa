"""The parts of the overview, in words and places."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from chat.admin import amounts, charts
from chat.admin.figures import COMPLETED, GROUPS, MODELS, UPSTREAM, Figures
from chat.admin.percentiles import percentile
from chat.admin.sums import Sums
from chat.ending import Ending
from chat.models import TimingTally
from chat.models.request_log import EndingChoices

OTHERS = "other models"
NONE = "no model answered"


@dataclass(frozen=True)
class Tile:
    name: str
    values: list[tuple[str, str]]
    note: str


def tiles(found: Figures) -> list[Tile]:
    total = found.total
    completed = found.ended(*COMPLETED.endings)
    upstream = found.ended(*UPSTREAM.endings)
    # A stop by an operator is no failure, though the end came from our side.
    ours = found.ended(Ending.INTERRUPTED, Ending.FAILED)
    return [
        Tile(
            "Requests",
            [(amounts.count(total.requests), "")],
            f"{amounts.share(completed, total.requests)} completed",
        ),
        Tile(
            "Failures",
            [(amounts.share(upstream + ours, total.requests), "")],
            f"Z.AI’s {amounts.count(upstream)}, ours {amounts.count(ours)}",
        ),
        _time_tile(found, TimingTally.Measure.FIRST_WORD, "Time to first word"),
        _time_tile(found, TimingTally.Measure.DURATION, "Duration"),
        Tile(
            "Tokens",
            [(_tokens(total, "prompt"), "in"), (_tokens(total, "completion"), "out")],
            f"of those in, {_tokens(total, 'cached')} cached",
        ),
        Tile("Cost", [(_cost(total), "")], _priced(total)),
    ]


def requests(found: Figures) -> dict[str, Any]:
    names = _bin_names(found)
    stacks = [found.in_groups(number) for number in found.bins]
    chart = charts.stacked(
        [[(group.kind, n) for group, n in zip(GROUPS, s, strict=True)] for s in stacks],
        [_stack_title(name, s) for name, s in zip(names, stacks, strict=True)],
        [found.period.label(number) for number in found.bins],
        amounts.count,
    )
    return {
        "chart": chart,
        "groups": [(g, amounts.count(found.ended(*g.endings))) for g in GROUPS],
        "rows": [(name, s, sum(s)) for name, s in zip(names, stacks, strict=True)],
    }


def endings(found: Figures) -> list[dict[str, Any]]:
    """Each ending there was, group by group, and how large a part it is."""
    rows = []
    for group in GROUPS:
        for choice in EndingChoices:
            number = found.ended(choice.value)
            if choice.value in group.endings and number:
                rows.append(
                    {
                        "ending": choice.value,
                        "name": choice.label,
                        "kind": group.kind,
                        "count": amounts.count(number),
                        "share": amounts.share(number, found.total.requests),
                        "width": charts.percent(number / found.total.requests),
                    }
                )
    return rows


def timing(found: Figures, measure: str, name: str) -> dict[str, Any]:
    empty: Counter[int] = Counter()
    bins = [found.timings.get(measure, {}).get(n, empty) for n in found.bins]
    points = [_both(histogram) for histogram in bins]
    rows = [
        (bin_name, *_in_words(point), sum(histogram.values()))
        for bin_name, point, histogram in zip(
            _bin_names(found), points, bins, strict=True
        )
    ]
    labels = [found.period.label(number) for number in found.bins]
    titles = [
        f"{when}\nmedian {median}, 95th {high}\nof {amounts.count(number)} measured"
        for when, median, high, number in rows
    ]
    return {
        "name": name,
        "chart": charts.lines(points, titles, labels, amounts.milliseconds),
        "rows": rows,
        "measured": amounts.count(sum(found.histogram(measure).values())),
    }


def models(found: Figures) -> list[dict[str, Any]]:
    """The models asked most, and the rest of them together, with bars to scale."""
    named = [(name or NONE, sums) for name, sums in found.models]
    rest = found.total
    for _, sums in named:
        rest -= sums
    if len(named) == MODELS and rest.requests > 0:
        named.append((OTHERS, rest))
    tokens = max((s.prompt_tokens + s.completion_tokens for _, s in named), default=0)
    cost = max((s.cost_usd for _, s in named), default=0)
    return [_model(name, sums, tokens or 1, float(cost) or 1) for name, sums in named]


def _model(name: str, sums: Sums, most_tokens: int, most_cost: float) -> dict[str, Any]:
    return {
        "name": name,
        "requests": amounts.count(sums.requests),
        "prompt": _tokens(sums, "prompt"),
        "cached": _tokens(sums, "cached"),
        "completion": _tokens(sums, "completion"),
        "reasoning": _tokens(sums, "reasoning"),
        "cost": _cost(sums),
        "priced": amounts.count(sums.priced),
        "is_partly_priced": 0 < sums.priced < sums.requests,
        "token_bar": charts.side_by_side(
            [
                ("cached", sums.cached_tokens),
                ("prompt", max(sums.prompt_tokens - sums.cached_tokens, 0)),
                ("answer", sums.completion_tokens),
            ],
            most_tokens,
        ),
        "cost_bar": charts.side_by_side([("cost", float(sums.cost_usd))], most_cost),
    }


def _time_tile(found: Figures, measure: str, name: str) -> Tile:
    histogram = found.histogram(measure)
    median, high = _in_words(_both(histogram))
    number = amounts.count(sum(histogram.values()))
    which = (
        "completed answers" if measure == TimingTally.Measure.DURATION else "answers"
    )
    return Tile(name, [(median, "median"), (high, "95th")], f"of {number} {which}")


def _both(histogram: Counter[int]) -> tuple[float, float] | None:
    median, high = percentile(histogram, 0.5), percentile(histogram, 0.95)
    return None if median is None or high is None else (median, high)


def _in_words(point: tuple[float, float] | None) -> tuple[str, str]:
    median, high = point or (None, None)
    return amounts.milliseconds(median), amounts.milliseconds(high)


def _bin_names(found: Figures) -> list[str]:
    names = [found.period.name(number) for number in found.bins]
    return [*names[:-1], f"{names[-1]} (so far)"]


def _stack_title(name: str, stack: list[int]) -> str:
    lines = [f"{name}: {amounts.count(sum(stack))} requests"]
    parts = zip(GROUPS, stack, strict=True)
    lines += [f"{group.name} {amounts.count(n)}" for group, n in parts if n]
    return "\n".join(lines)


def _tokens(sums: Sums, kind: str) -> str:
    """No answer is without tokens: a sum of none means that none was reported."""
    reported = sums.prompt_tokens or sums.completion_tokens
    return amounts.count(getattr(sums, f"{kind}_tokens") if reported else None)


def _cost(sums: Sums) -> str:
    return amounts.dollars(sums.cost_usd if sums.priced else None)


def _priced(sums: Sums) -> str:
    asked, priced = amounts.count(sums.requests), amounts.count(sums.priced)
    return f"of {asked} requests {priced} have a known price"
