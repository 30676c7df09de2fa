"""What is to be reached, as ratios within one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.row import Row, paired_difference

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
        return figure, "met" if figure <= self.most else "NOT MET"


def _figure(rows: Rows, row: str, name: str) -> float | None:
    return rows[row].figure(name) if row in rows else None


def _ratio(one: tuple[str, str], other: tuple[str, str]) -> Figure:
    """A figure of a row as a multiple of another."""

    def ratio(rows: Rows) -> float | None:
        upper, lower = _figure(rows, *one), _figure(rows, *other)
        return upper / lower if upper is not None and lower else None

    return ratio


def _to(peer: str, name: str) -> Figure:
    return _ratio(("ours", name), (peer, name))


def _more(one: str, other: str, name: str, factor: float = 1.0) -> Figure:
    """What one row has more than the other, turn by turn."""

    def more(rows: Rows) -> float | None:
        if one not in rows or other not in rows:
            return None
        found = paired_difference(rows[one], rows[other], name)
        return None if found is None else found * factor

    return more


def _part_of_the_log(rows: Rows) -> float | None:
    """Of an answer to one caller: what the log costs, as a part of all."""
    found = _more("ours", "ours-unlogged", "alone_ms")(rows)
    whole = _figure(rows, "ours", "alone_ms")
    return found / whole if found is not None and whole else None


def _of_a_dialect(key: str, whose: str, most: float) -> list[Goal]:
    """What an event may cost, to `/api/chat` as it was measured beside it."""
    figures = {"at 100 × 50/s": "event_us", "in a flood": "flood_us"}
    return [
        Goal(
            f"event {where}, {whose} to /api/chat's",
            most,
            _ratio((key, name), ("ours", name)),
        )
        for where, name in figures.items()
    ]


GOALS = (
    Goal("first word added, to AsyncOpenAI's", 0.65, _to("openai", "first_word_p50")),
    Goal("first word added, to ferrogw's", 2.0, _to("ferrogw", "first_word_p50")),
    Goal(
        "first word added, p99 to its own p50",
        5.0,
        _ratio(("ours", "first_word_p99"), ("ours", "first_word_p50")),
    ),
    Goal("first word, 100 at once, to AsyncOpenAI's", 1 / 3, _to("openai", "crowd_ms")),
    Goal("answer, 10 at a time, to AsyncOpenAI's", 0.7, _to("openai", "whole_ms")),
    Goal("answer, one at a time, the log's part", 1 / 4, _part_of_the_log),
    Goal("event of 150, its start included, to nginx", 3.2, _to("nginx", "span_us")),
    Goal("event of 150, to AsyncOpenAI's", 1 / 5, _to("openai", "span_us")),
    Goal("event in a flood, to AsyncOpenAI's", 1 / 15, _to("openai", "flood_us")),
    *_of_a_dialect("use-chat", "useChat's", 1.1),
    *_of_a_dialect("openai-client", "OpenAI's", 1.1),
    *_of_a_dialect("responses", "Responses'", 1.4),
    Goal(
        "KB an open stream, nothing kept",
        45,
        lambda rows: _figure(rows, "ours-unkept", "stream_kb"),
    ),
    Goal(
        "µs more an event, kept in memory", 1, _more("ours", "ours-unkept", "event_us")
    ),
    Goal(
        "µs more an event, kept in Redis",
        5,
        _more("ours-redis", "ours-unkept", "event_us"),
    ),
    Goal(
        "µs more an answer, with the gate",
        30,
        _more("ours", "ours-ungated", "whole_ms", 1000),
    ),
)
