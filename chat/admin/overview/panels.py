"""The parts of the overview, in words and places."""

from collections import Counter
from datetime import datetime
from typing import Any

from chat.admin import amounts
from chat.admin.overview import axis, charts, links
from chat.admin.overview.figures import MODELS, Figures
from chat.admin.overview.groups import GROUPS, group_of
from chat.admin.overview.money import NONE, OTHERS
from chat.admin.overview.sums import Reason, Sums
from chat.admin.overview.tiles import about, both, cost, in_words, tokens
from chat.admin.visible import visible
from chat.ending import Ending, Extent
from chat.models.request_log import EndingChoices

# What an answer is that Z.AI said is finished, and that is not whole.
PARTLY = {
    Extent.CUT_OFF: "cut off for its length",
    Extent.EMPTY: "nothing but thoughts",
    Extent.FILTERED: "filtered",
}
BROKE_OFF = "broke off in the midst"


def requests(found: Figures) -> dict[str, Any]:
    names = _bin_names(found)
    stacks = [found.in_groups(number) for number in found.bins]
    where = [links.rows(*_edges(found, number)) for number in found.bins]
    chart = charts.stacked(
        [[(group.kind, n) for group, n in zip(GROUPS, s, strict=True)] for s in stacks],
        [_stack_title(name, s) for name, s in zip(names, stacks, strict=True)],
        [found.period.label(number) for number in found.bins],
        amounts.count,
        links=where,
    )
    since, until = found.period.since, found.period.until
    return {
        "chart": chart,
        "groups": [
            (
                group,
                amounts.count(found.by_group[group]),
                links.rows(since, until, **group.filters),
            )
            for group in GROUPS
        ],
        "rows": [
            (name, link, [f"{number:,}" for number in (*stack, sum(stack))])
            for name, link, stack in zip(names, where, stacks, strict=True)
        ],
    }


def endings(found: Figures) -> list[dict[str, Any]]:
    """Each ending there was, group by group, and how large a part it is; what was not
    whole of it has a line of its own."""
    lines: Counter[tuple[Reason, bool]] = Counter()
    for reason, number in found.by_reason.items():
        lines[_line(reason)] += number
    order = {group: place for place, group in enumerate(GROUPS)}
    ordered = sorted(
        lines.items(),
        key=lambda line: (order[group_of(line[0][0])], line[0][0].ending, -line[1]),
    )
    return [_ending(found, *line, number) for line, number in ordered]


def _line(reason: Reason) -> tuple[Reason, bool]:
    """Which line of the card a reason is part of, and whether it had begun."""
    if reason.ending == Ending.COMPLETED:
        answer = reason.answer if reason.answer in set(PARTLY) else ""
        return Reason(reason.ending, answer, ""), False
    has_begun = reason.answer == Extent.BROKEN_OFF
    is_failure = bool(group_of(reason).whose)
    return Reason(reason.ending, "", reason.whose), has_begun and is_failure


def _ending(
    found: Figures, reason: Reason, has_begun: bool, number: int
) -> dict[str, Any]:
    group = group_of(reason)
    filters = {"ending": reason.ending}
    name = _label(reason.ending)
    if reason.answer:
        name = PARTLY[Extent(reason.answer)]
        filters["answer"] = reason.answer
    elif has_begun:
        name = f"{name}, {BROKE_OFF}"
        filters["answer"] = str(Extent.BROKEN_OFF)
    if group.whose and reason.whose:
        filters["whose"] = reason.whose
    total = found.total.requests
    return {
        "name": name,
        "whose": group.name if group.whose else "",
        "count": amounts.count(number),
        "share": amounts.share(number, total),
        "kind": group.kind,
        "width": axis.percent(number / total) if total else "0",
        "link": links.rows(found.period.since, found.period.until, **filters),
    }


def _label(ending: str) -> str:
    known = {str(choice): str(choice.label) for choice in EndingChoices}
    return known.get(ending, visible(ending))


def timing(found: Figures, measure: str, name: str) -> dict[str, Any]:
    empty: Counter[int] = Counter()
    bins = [found.timings.get(measure, {}).get(n, empty) for n in found.bins]
    points = [both(histogram) for histogram in bins]
    where = [links.rows(*_edges(found, number)) for number in found.bins]
    rows = [
        (bin_name, link, *in_words(point), sum(histogram.values()))
        for bin_name, link, point, histogram in zip(
            _bin_names(found), where, points, bins, strict=True
        )
    ]
    labels = [found.period.label(number) for number in found.bins]
    titles = [
        f"{when}\nmedian {median}, 95th {high}\nof {amounts.count(number)} measured"
        for when, _, median, high, number in rows
    ]
    return {
        "name": name,
        "chart": charts.lines(points, titles, labels, amounts.milliseconds, where),
        "rows": rows,
        "measured": amounts.count(sum(found.histogram(measure).values())),
    }


def models(found: Figures) -> list[dict[str, Any]]:
    """The models asked most, and the rest of them together, with bars to scale."""
    since, until = found.period.since, found.period.until
    named = [
        (
            visible(name) or NONE,
            links.rows(since, until, answered_model=name or None),
            sums,
        )
        for name, sums in found.models
    ]
    rest = found.total
    for *_, sums in named:
        rest -= sums
    if len(named) == MODELS and rest.requests > 0:
        named.append((OTHERS, "", rest))
    size = max((s.prompt_tokens + s.completion_tokens for *_, s in named), default=0)
    dearest = max((s.cost_usd + s.estimated_usd for *_, s in named), default=0)
    return [_model(*one, size or 1, float(dearest) or 1) for one in named]


def _model(
    name: str, link: str, sums: Sums, most_tokens: int, most_cost: float
) -> dict[str, Any]:
    return {
        "name": name,
        "link": link,
        "requests": amounts.count(sums.requests),
        "prompt": tokens(sums, "prompt"),
        "cached": tokens(sums, "cached"),
        "completion": tokens(sums, "completion"),
        "reasoning": tokens(sums, "reasoning"),
        "cost": cost(sums),
        "estimated": about(sums.estimated_usd) if sums.estimated_usd else "",
        "priced": amounts.count(sums.priced),
        "is_partly_priced": 0 < sums.priced < sums.requests,
        "has_no_price": not sums.priced and sums.completion_tokens > 0,
        "token_bar": charts.side_by_side(
            [
                ("cached", sums.cached_tokens),
                ("prompt", max(sums.prompt_tokens - sums.cached_tokens, 0)),
                ("answer", sums.completion_tokens),
            ],
            most_tokens,
        ),
        "cost_bar": charts.side_by_side(
            [
                ("cost", float(sums.cost_usd)),
                ("estimated", float(sums.estimated_usd)),
            ],
            most_cost,
        ),
    }


def _edges(found: Figures, number: int) -> tuple[datetime, datetime]:
    return found.period.start(number), found.period.end(number)


def _bin_names(found: Figures) -> list[str]:
    return [found.name(number) for number in found.bins]


def _stack_title(name: str, stack: list[int]) -> str:
    lines = [f"{name}: {amounts.count(sum(stack))} requests"]
    parts = zip(GROUPS, stack, strict=True)
    lines += [f"{group.name} {amounts.count(n)}" for group, n in parts if n]
    return "\n".join(lines)
