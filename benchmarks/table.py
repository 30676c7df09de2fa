"""The figures as tables in Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.goals import GOALS
from benchmarks.row import COSTS, STREAMS, WAITS, Column, Row, paired_difference
from benchmarks.variants import PRICES

# What is off in a variant, and what a figure is made of to be in microseconds.
PRICED = {
    "first_word_p50": ("first word (µs)", 1000),
    "alone_ms": ("answer, one at a time (µs)", 1000),
    "whole_ms": ("answer, 10 at a time (µs)", 1000),
    "span_us": ("event of 150, its start included (µs)", 1),
    "event_us": ("event, 100 × 50/s (µs)", 1),
}


def tables(rows: Sequence[Row]) -> str:
    figures = [_figures(rows, columns) for columns in (WAITS, COSTS, STREAMS)]
    parts = [*figures, _prices(rows), _goals(rows), _busy(rows), _notes(rows)]
    return "\n\n".join(part for part in parts if part)


def _figures(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """Of the rows and columns that have any."""
    found = {
        row.key: {column.key: row.figure(column.key) for column in columns}
        for row in rows
    }
    having = [row for row in rows if _any_known(found[row.key].values())]
    shown = [c for c in columns if _any_known(found[row.key][c.key] for row in rows)]
    lines = [
        [row.title, row.version, *(_number(found[row.key][c.key]) for c in shown)]
        for row in having
    ]
    titles = [column.title for column in shown]
    return _table(["", "version", *titles], lines) if lines else ""


def _any_known(figures: Iterable[float | None]) -> bool:
    return any(figure is not None for figure in figures)


def _prices(rows: Sequence[Row]) -> str:
    """What each part costs: what is less without it, turn by turn."""
    by_key = {row.key: row for row in rows}
    without = [by_key[each.key] for each in PRICES if each.key in by_key]
    if "ours" not in by_key or not without:
        return ""
    lines = []
    for row in without:
        line = [row.title]
        for key, (_, factor) in PRICED.items():
            less = paired_difference(by_key["ours"], row, key)
            line.append(_number(None if less is None else less * factor))
        lines.append(line)
    titles = [title for title, _ in PRICED.values()]
    return _table(["what is less", *titles], lines)


def _goals(rows: Sequence[Row]) -> str:
    by_key = {row.key: row for row in rows}
    lines, unknown = list[list[str]](), list[str]()
    for goal in GOALS:
        figure, verdict = goal.verdict(by_key)
        if figure is None:
            unknown.append(goal.sentence)
        else:
            most = f"{goal.most:.3g}"
            lines.append([goal.sentence, most, _number(figure), verdict])
    header = ["to reach", "at most", "measured", ""]
    parts = [_table(header, lines)] if lines else []
    if unknown:
        parts.append(f"Not measured: {'; '.join(unknown)}.")
    return "\n\n".join(parts)


def _busy(rows: Sequence[Row]) -> str:
    lines = [
        [row.title, what, *(f"{part:.0%}" for part in parts.values())]
        for row in rows
        for what, parts in row.busy.items()
    ]
    header = ["busy, of one processor", "", "server", "stand-in", "load generator"]
    return _table(header, lines) if lines else ""


def _notes(rows: Sequence[Row]) -> str:
    return "\n".join(f"- {row.title}: {note}" for row in rows for note in row.notes)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, rule, *lines])
