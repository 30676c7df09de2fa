"""How a host stands at the moment, put together from what its processes say."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from chat.metrics.reading import Found
from chat.metrics.standing import Standing
from chat.requestlog.journal import current

PREFIX = "zai_chat_"

Value = float | int | None
Merge = Callable[[list[float]], float]
LANE = ("model", "account")
BUDGET = ("client", "period")


def describe(alive: Sequence[Found]) -> Iterator[Metric]:
    """Yield a family for each thing that is known."""
    said = [found.standing for found in alive if found.standing]
    yield _one("workers", "Processes that live", len(alive))
    now = time.monotonic()
    silences = [max(0.0, now - found.told_at) for found in alive]
    yield _one(
        "worker_silence_seconds",
        "Since the most silent spoke",
        max(silences, default=0),
    )
    if said:
        yield from _counts(said)
        yield from _lanes(said)
        yield from _budgets(said)
        yield from _log(said)
        yield from _process(said)


def _counts(said: list[Standing]) -> Iterator[Metric]:
    yield _one("open", "Requests that are open", sum(s.open for s in said))
    yield _one("waiting", "Of these, in the gate's line", sum(s.waiting for s in said))
    alone = sum(s.alone for s in said)
    yield _one("answers_alone", "Of these, going on for nobody", alone)
    yield _one("answers_kept", "For who comes back", sum(s.kept for s in said))
    size = sum(s.kept_bytes for s in said)
    yield _one("answers_kept_bytes", "What is kept of them", size)
    closing = sum(s.is_closing for s in said)
    yield _one("workers_stopping", "Processes that are about to stop", closing)
    database = min(s.database for s in said)
    yield _one("database_up", "Whether the database answers all of them", database)
    redis = [s.redis for s in said if s.redis is not None]
    if redis:
        yield _one("redis_up", "Whether Redis counts for all of them", min(redis))


def _lanes(said: list[Standing]) -> Iterator[Metric]:
    """All say the same of what they share, as far as they have looked."""
    lanes = [((lane.model, lane.account), lane) for s in said for lane in s.lanes]
    count = ((key, lane.open) for key, lane in lanes)
    yield _several("lane_open", "Questions open at Z.AI", LANE, count, max)
    slots = ((key, lane.limit) for key, lane in lanes)
    yield _several("lane_slots", "How many may be, as learned", LANE, slots, max)
    waiting = ((key, lane.waiting) for key, lane in lanes)
    yield _several("lane_waiting", "Requests in line", LANE, waiting, sum)
    shut = ((key, lane.is_shut) for key, lane in lanes)
    yield _several("lane_shut", "Whether Z.AI is not asked", LANE, shut, max)


def _budgets(said: list[Standing]) -> Iterator[Metric]:
    budgets = [((b.whose, b.period), b) for s in said for b in s.budgets]
    left = ((key, budget.left) for key, budget in budgets)
    yield _several("budget_left_usd", "What is left of it", BUDGET, left, min)
    limits = ((key, budget.limit) for key, budget in budgets)
    yield _several("budget_usd", "What may be spent", BUDGET, limits, max)


def _log(said: list[Standing]) -> Iterator[Metric]:
    silent = max(s.silent for s in said)
    yield _one("log_silent_seconds", "Since the log could be written last", silent)
    spooled = sum(s.spooled for s in said)
    yield _one("log_spool_bytes", "Of the log, waiting for the database", spooled)
    in_memory = sum(s.in_memory for s in said)
    yield _one("log_memory_rows", "Of the log, on no disk yet", in_memory)
    if log := current():
        aside = log.spool.aside.size
        yield _one("log_set_aside_bytes", "What the database never took", aside)


def _process(said: list[Standing]) -> Iterator[Metric]:
    all_of = [s.process for s in said]
    of_all = (
        _known("resident_memory_bytes", "Of all", (p.resident for p in all_of), sum),
        _known("threads", "Of all", (p.threads for p in all_of), sum),
        _known("open_fds", "Of the one with most", (p.open_fds for p in all_of), max),
        _known("max_fds", "Of each", (p.max_fds for p in all_of), min),
        _known(
            "start_time_seconds", "Of the youngest", (p.started for p in all_of), max
        ),
    )
    yield from filter(None, of_all)


def _known(
    name: str, words: str, values: Iterable[Value], merge: Merge
) -> Metric | None:
    known = [float(value) for value in values if value is not None]
    words = f"{words} processes of this host"
    return _gauge(f"process_{name}", words, merge(known)) if known else None


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _one(name: str, words: str, value: float) -> Metric:
    return _gauge(PREFIX + name, words, float(value))


def _several(
    name: str,
    words: str,
    labels: Sequence[str],
    told: Iterable[tuple[Sequence[str], Value]],
    merge: Merge,
) -> Metric:
    values: dict[Sequence[str], list[float]] = {}
    for key, value in told:
        if value is not None:
            values.setdefault(key, []).append(float(value))
    family = GaugeMetricFamily(PREFIX + name, words, labels=labels)
    for key, found in values.items():
        family.add_metric(key, merge(found))
    return family
