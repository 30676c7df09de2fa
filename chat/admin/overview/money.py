"""What was spent over time, model by model, and the period before as a thin line."""

from decimal import Decimal
from typing import Any

from chat.admin import amounts
from chat.admin.overview import charts, links
from chat.admin.overview.figures import Figures
from chat.admin.overview.sums import Money
from chat.admin.overview.tiles import about
from chat.admin.visible import visible

COLOURS = 5
MILLION = 1_000_000
NONE = "no model answered"
OTHERS = "other models"
NOTHING = Money()


def costs(found: Figures) -> dict[str, Any]:
    dearest = _dearest(found)
    bins = [_of_bin(found, number, dearest) for number in found.bins]
    names = [found.name(number) for number in found.bins]
    before = [found.money_before.get(n, NOTHING) for n in found.period.bins_before]
    kinds = [*(f"model-{i + 1}" for i in range(len(dearest))), "others", "estimated"]
    chart = charts.stacked(
        [
            [(kind, _millionths(usd)) for kind, usd in zip(kinds, usds, strict=True)]
            for usds in bins
        ],
        [
            _title(name, usds, dearest, before[i] if i < len(before) else None)
            for i, (name, usds) in enumerate(zip(names, bins, strict=True))
        ],
        [found.period.label(number) for number in found.bins],
        lambda millionths: amounts.dollars(Decimal(millionths) / MILLION),
        links=[links.rows(*_edges(found, number)) for number in found.bins],
        before=[_millionths(money.all) for money in before],
    )
    return {
        "chart": chart,
        "legend": list(zip(kinds, _totals(found, bins, dearest), strict=True)),
        "before": _before(before),
        "columns": [*map(_name, dearest), OTHERS, "≈ estimated", "all", "before"],
        "rows": _rows(found, names, bins, before),
    }


def _dearest(found: Figures) -> list[str]:
    """Models that cost something, those that cost most first."""
    sums = {name: of_model.cost_usd for name, of_model in found.models}
    named = sorted((name for name in sums if sums[name]), key=lambda n: -sums[n])
    return named[:COLOURS]


def _of_bin(found: Figures, number: int, dearest: list[str]) -> list[Decimal]:
    """By model, then of all others, and what is estimated of any."""
    by_model = found.money.get(number, {})
    named = [by_model.get(name, NOTHING).known for name in dearest]
    total = found.sums_of(number)
    others = max(total.cost_usd - sum(named, Decimal(0)), Decimal(0))
    return [*named, others, total.estimated_usd]


def _totals(
    found: Figures, bins: list[list[Decimal]], dearest: list[str]
) -> list[tuple[str, str, str]]:
    """Of each colour its name, what it comes to, and where it leads."""
    period = found.period
    sums = [sum(column, Decimal(0)) for column in zip(*bins, strict=True)]
    named: list[tuple[str, str, str]] = [
        (
            _name(name),
            amounts.dollars(usd),
            links.rows(period.since, period.until, **_answered_by(name)),
        )
        for name, usd in zip(dearest, sums, strict=False)
    ]
    others, estimated = sums[-2], sums[-1]
    guessed = links.rows(period.since, period.until, is_estimated="True")
    named.append((OTHERS if others else "", amounts.dollars(others), ""))
    named.append(("estimated" if estimated else "", about(estimated), guessed))
    return named


def _answered_by(model: str) -> dict[str, str | None]:
    return {"answered_model": model or None}


def _rows(
    found: Figures, names: list[str], bins: list[list[Decimal]], before: list[Money]
) -> list[tuple[str, str, list[str]]]:
    rows = []
    for i, (number, name, usds) in enumerate(zip(found.bins, names, bins, strict=True)):
        then = amounts.dollars(before[i].all) if i < len(before) else amounts.UNKNOWN
        said = [amounts.dollars(usd) for usd in usds]
        said[-1] = about(usds[-1]) if usds[-1] else amounts.dollars(usds[-1])
        link = links.rows(*_edges(found, number))
        rows.append((name, link, [*said, amounts.dollars(sum(usds, Decimal(0))), then]))
    return rows


def _edges(found: Figures, number: int) -> tuple[Any, Any]:
    return found.period.start(number), found.period.end(number)


def _title(
    name: str, usds: list[Decimal], dearest: list[str], before: Money | None
) -> str:
    lines = [f"{name}: {amounts.dollars(sum(usds, Decimal(0)))}"]
    named = [*map(_name, dearest), OTHERS]
    lines += [
        f"{n} {amounts.dollars(u)}" for n, u in zip(named, usds, strict=False) if u
    ]
    if usds[-1]:
        lines.append(f"{about(usds[-1])} of it estimated")
    if before is not None:
        lines.append(f"the period before {amounts.dollars(before.all)}")
    return "\n".join(lines)


def _before(before: list[Money]) -> str:
    return amounts.dollars(sum((money.all for money in before), Decimal(0)))


def _name(model: str) -> str:
    return visible(model) or NONE


def _millionths(usd: Decimal) -> int:
    return int(usd * MILLION)
