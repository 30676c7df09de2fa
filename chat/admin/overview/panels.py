"""The parts of the overview, in words and places."""

from collections import Counter
from typing import Any

from chat.admin import amounts
from chat.admin.overview import axis, charts
from chat.admin.overview.figures import GROUPS, MODELS, Figures
from chat.admin.overview.sums import Sums
from chat.admin.overview.tiles import both, cost, in_words, tokens
from chat.admin.visible import visible
from chat.models.request_log import EndingChoices

OTHERS = "other models"
NONE = "no model answered"


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
        "rows": [
            (name, [f"{number:,}" for number in (*stack, sum(stack))])
            for name, stack in zip(names, stacks, strict=True)
        ],
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
                        "width": axis.percent(number / found.total.requests),
                    }
                )
    return rows


def timing(found: Figures, measure: str, name: str) -> dict[str, Any]:
    empty: Counter[int] = Counter()
    bins = [found.timings.get(measure, {}).get(n, empty) for n in found.bins]
    points = [both(histogram) for histogram in bins]
    rows = [
        (bin_name, *in_words(point), sum(histogram.values()))
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
    named = [(visible(name) or NONE, sums) for name, sums in found.models]
    rest = found.total
    for _, sums in named:
        rest -= sums
    if len(named) == MODELS and rest.requests > 0:
        named.append((OTHERS, rest))
    size = max((s.prompt_tokens + s.completion_tokens for _, s in named), default=0)
    dearest = max((s.cost_usd for _, s in named), default=0)
    return [_model(name, sums, size or 1, float(dearest) or 1) for name, sums in named]


def _model(name: str, sums: Sums, most_tokens: int, most_cost: float) -> dict[str, Any]:
    return {
        "name": name,
        "requests": amounts.count(sums.requests),
        "prompt": tokens(sums, "prompt"),
        "cached": tokens(sums, "cached"),
        "completion": tokens(sums, "completion"),
        "reasoning": tokens(sums, "reasoning"),
        "cost": cost(sums),
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


def _bin_names(found: Figures) -> list[str]:
    names = [found.period.name(number) for number in found.bins]
    return [*names[:-1], f"{names[-1]} (so far)"]


def _stack_title(name: str, stack: list[int]) -> str:
    lines = [f"{name}: {amounts.count(sum(stack))} requests"]
    parts = zip(GROUPS, stack, strict=True)
    lines += [f"{group.name} {amounts.count(n)}" for group, n in parts if n]
    return "\n".join(lines)
