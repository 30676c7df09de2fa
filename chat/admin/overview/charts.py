"""Where the parts of a chart stand: the templates draw them as SVG.

Across everything is in percent, so that a chart fills its place on a phone and on a
desk while its words keep their size; down it is in pixels.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from chat.admin.overview import axis

HEIGHT = 170
TALL = 250
LEAST = 2  # pixels of a bar that stands for anything at all

Place = tuple[float, float]
Run = list[tuple[float, float, float]]  # across, and down to median and percentile


@dataclass(frozen=True)
class Segment:
    kind: str
    y: str
    height: str


@dataclass(frozen=True)
class Part:
    kind: str
    x: str
    width: str


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    title: str
    link: str = ""
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """Paths from 0 to 1000 across, a piece for each unbroken run.

    `dots` are the points that stand alone, of no length: a thick line with round ends
    shows them.
    """

    median: str
    high: str
    band: str
    median_dots: str
    high_dots: str


@dataclass(frozen=True)
class Chart:
    """A chart over time. `bars` carry titles and links; those of lines no segments.

    `before` is a thin path over them, from 0 to 1000 across.
    """

    bars: list[Bar]
    levels: list[axis.Tick]
    times: list[axis.Tick]
    height: int
    line: Line | None = None
    before: str = ""

    @property
    def full_height(self) -> int:
        return self.height + 24


def stacked(
    stacks: Sequence[Sequence[tuple[str, int]]],
    titles: Sequence[str],
    labels: Sequence[str],
    level: Callable[[int], str],
    tall: int = TALL,
    links: Sequence[str] = (),
    before: Sequence[int] = (),
) -> Chart:
    """Draw a bar for each of `stacks`: kinds and counts, from the bottom up.

    `before` is what each came to in the period before: as many as there were then.
    """
    highest = max((sum(n for _, n in stack) for stack in stacks), default=0)
    steps = axis.steps_to(max(highest, *before, 0) if before else highest)
    scale = tall / steps[-1]
    bars = _bars(titles, 0.82, links)
    for bar, stack in zip(bars, stacks, strict=True):
        bar.segments.extend(_segments(stack, tall, scale))
    levels = axis.levels(steps, lambda n: level(int(n)), tall)
    then = [
        (1000 * (i + 0.5) / len(stacks), axis.TOP + tall - number * scale)
        for i, number in enumerate(before[: len(stacks)])
    ]
    path = _paths([then]) if len(then) > 1 else ""
    return Chart(bars, levels, axis.times(labels), axis.TOP + tall, before=path)


def lines(
    points: Sequence[tuple[float, float] | None],
    titles: Sequence[str],
    labels: Sequence[str],
    level: Callable[[float], str],
    links: Sequence[str] = (),
) -> Chart:
    """Draw medians and 95th percentiles, in ms; None leaves a gap."""
    steps = axis.steps_to(
        max((high for _, high in filter(None, points)), default=0), True
    )
    scale = HEIGHT / steps[-1]
    across = [1000 * (i + 0.5) / len(points) for i in range(len(points))]
    runs = _runs(
        (x, _down(point[0] * scale), _down(point[1] * scale)) if point else None
        for x, point in zip(across, points, strict=True)
    )
    levels = axis.levels(steps, level, HEIGHT)
    height = axis.TOP + HEIGHT
    bars = _bars(titles, 1, links)
    return Chart(bars, levels, axis.times(labels), height, _line(runs))


def side_by_side(parts: Sequence[tuple[str, float]], whole: float) -> list[Part]:
    """Lay bars end to end, `whole` reaching from one side to the other."""
    laid, x = [], 0.0
    for kind, number in parts:
        laid.append(Part(kind, axis.percent(x), axis.percent(number / whole)))
        x += number / whole
    return laid


def _bars(titles: Sequence[str], fill: float, links: Sequence[str] = ()) -> list[Bar]:
    width = 1 / max(len(titles), 1)
    return [
        Bar(
            axis.percent((i + (1 - fill) / 2) * width),
            axis.percent(width * fill),
            title,
            links[i] if links else "",
        )
        for i, title in enumerate(titles)
    ]


def _segments(
    stack: Sequence[tuple[str, int]], tall: int, scale: float
) -> Iterable[Segment]:
    y = float(axis.TOP + tall)
    for kind, number in stack:
        if number:
            # One failure among thousands must not vanish.
            height = max(number * scale, LEAST)
            y -= height
            yield Segment(kind, f"{y:.2f}", f"{height:.2f}")


def _line(runs: Sequence[Run]) -> Line:
    long = [run for run in runs if len(run) > 1]
    alone = [run for run in runs if len(run) == 1]
    bands = ([*_highs(run), *reversed(_medians(run))] for run in long)
    return Line(
        median=_paths(map(_medians, long)),
        high=_paths(map(_highs, long)),
        band=_paths(bands),
        median_dots=_paths(2 * _medians(run) for run in alone),
        high_dots=_paths(2 * _highs(run) for run in alone),
    )


def _medians(run: Run) -> list[Place]:
    return [(x, low) for x, low, _ in run]


def _highs(run: Run) -> list[Place]:
    return [(x, high) for x, _, high in run]


def _down(height: float) -> float:
    return axis.TOP + HEIGHT - height


def _runs(
    points: Iterable[tuple[float, float, float] | None],
) -> list[Run]:
    runs: list[Run] = [[]]
    for point in points:
        if point:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _paths(runs: Iterable[Iterable[Place]]) -> str:
    return " ".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) for run in runs)
