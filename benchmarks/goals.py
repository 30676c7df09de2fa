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


def _ratio(one: str, other: str, name: str) -> Figure:
    """A figure of one row as a multiple of another's."""

    def ratio(rows: Rows) -> float | None:
        upper, lower = (getattr(rows.get(key), name, None) for key in (one, other))
        return upper / lower if upper is not None and lower else None

    return ratio


def _to(peer: str, name: str) -> Figure:
    return _ratio("ours", peer, name)


def _ours(name: str) -> Figure:
    return lambda rows: getattr(rows.get("ours"), name, None)


def _of_a_dialect(key: str, whose: str, most: float) -> list[Goal]:
    """What an event may cost, to `/api/chat` as it was measured beside it."""
    figures = {"at 100 × 50/s": "event_us", "in a flood": "flood_us"}
    return [
        Goal(
            f"event {where}, {whose} to /api/chat's", most, _ratio(key, "native", name)
        )
        for where, name in figures.items()
    ]


GOALS = (
    Goal("event at 100 × 50/s, to nginx", 3.5, _to("nginx", "event_us")),
    Goal("event at 100 × 50/s, to AsyncOpenAI", 1 / 4, _to("openai", "event_us")),
    Goal("event in a flood, to AsyncOpenAI", 1 / 15, _to("openai", "flood_us")),
    Goal("JSON answer, to AsyncOpenAI", 0.6, _to("openai", "whole_ms")),
    *_of_a_dialect("use-chat", "useChat's", 1.1),
    *_of_a_dialect("openai-client", "OpenAI's", 1.1),
    *_of_a_dialect("responses", "Responses'", 1.4),
    Goal("KB an open stream, 1,000 open without an error", 80, _ours("stream_kb")),
)
