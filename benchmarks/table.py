"""The figures as tables in Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.goals import GOALS
from benchmarks.row import UNITS, Row


def tables(rows: Sequence[Row]) -> str:
    parts = [_figures(rows), _goals(rows), _busy(rows), _notes(rows)]
    return "\n\n".join(part for part in parts if part)


def _figures(rows: Sequence[Row]) -> str:
    lines = [
        [row.title, row.version, *(_number(getattr(row, name)) for name in UNITS)]
        for row in rows
    ]
    return _table(["", "version", *UNITS.values()], lines)


def _goals(rows: Sequence[Row]) -> str:
    by_key = {row.key: row for row in rows}
    lines = []
    for goal in GOALS:
        figure, verdict = goal.verdict(by_key)
        lines.append([goal.sentence, f"{goal.most:.3g}", _number(figure), verdict])
    return _table(["to reach", "at most", "measured", ""], lines)


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
