"""What is to be reached, as ratios within one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.row import Row

Rows = Mapping[str, Row]
Figure = Callable[[Rows], float | None]


@dataclass(frozen=True)
class Goal:
    sentence: str
    most: float
    figure: Figure

    def verdict(self, rows: Rows) -> tuple[float | None, str]:
        """What was measured, and whether it is enough; None without the peer."""
        figure = self.figure(rows)
        if figure is None:
            return None, "not measured"
        return figure, "ok" if figure <= self.most else "MISSED"


def _to(peer: str, name: str) -> Figure:
    """Our figure as a multiple of the peer's."""

    def ratio(rows: Rows) -> float | None:
        ours, theirs = (getattr(rows.get(key), name, None) for key in ("ours", peer))
        return ours / theirs if ours is not None and theirs else None

    return ratio


def _ours(name: str) -> Figure:
    return lambda rows: getattr(rows.get("ours"), name, None)


GOALS = (
    Goal("event at 100 × 50/s, to nginx", 3.5, _to("nginx", "event_us")),
    Goal("event at 100 × 50/s, to AsyncOpenAI", 1 / 4, _to("openai", "event_us")),
    Goal("event in a flood, to AsyncOpenAI", 1 / 15, _to("openai", "flood_us")),
    Goal("JSON answer, to AsyncOpenAI", 0.6, _to("openai", "whole_ms")),
    Goal("KB an open stream, 1,000 open without an error", 80, _ours("stream_kb")),
)
