"""`python -m benchmarks.metrics`: what counting costs a request, and what a scrape.

The same figures of the same requests are counted by this service and by
prometheus_client's own mode for several processes, in turns, in one process and on one
thread: processor time is compared. Then what a scrape costs of `--workers` processes,
of which each has counted `--models` models for `--clients` clients.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

US = 1_000_000
Count = Callable[[Any], None]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _set_up(folder)
        _compare_counting(folder, options)
        _time_scrapes(folder, options)


def _set_up(folder: Path) -> None:
    theirs = folder / "theirs"
    theirs.mkdir()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "for-the-benchmark-only",
        "DATABASE_URL": f"sqlite:///{folder / 'benchmark.sqlite3'}",
        "CHAT_SPOOL_DIR": str(folder / "spool"),
        "ZAI_API_KEY": "benchmark.key",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PROMETHEUS_MULTIPROC_DIR": str(theirs),
    }
    import django

    django.setup()


def _compare_counting(folder: Path, options: argparse.Namespace) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    outcome = _outcome()
    count_here, count_there = _ours(folder), _theirs()
    for turn in range(options.turns + 1):
        one = _time(count_here, outcome, options.requests)
        other = _time(count_there, outcome, options.requests)
        if turn:  # the first is to warm up
            ours.append(one)
            theirs.append(other)
    for title, found in (("counted here", ours), ("by prometheus_client", theirs)):
        least, middle = min(found), statistics.median(found)
        print(f"{title}: {middle:.1f} µs a request, at least {least:.1f}")


def _time(count: Count, outcome: Any, requests: int) -> float:
    began = time.thread_time()
    for _ in range(requests):
        count(outcome)
    return (time.thread_time() - began) / requests * US


def _outcome() -> Any:
    from chat.ending import Ending, Extent
    from chat.event import Usage
    from chat.exchange.charge import Charge
    from chat.exchange.outcome import Outcome
    from chat.upstream.attempts import Attempt

    return Outcome(
        ending=Ending.COMPLETED,
        status=200,
        answer=Extent.WHOLE,
        finish_reason="stop",
        answered_model="glm-4.6",
        tries=1,
        attempts=(Attempt(3, 400),),
        waited=0.00002,
        first_event=0.41,
        first_sign=0.41,
        first_word=0.52,
        duration=4.2,
        added=0.0034,
        events=120,
        usage=Usage(prompt_tokens=100, completion_tokens=120),
        charge=Charge(Decimal("0.000300")),
    )


def _ours(folder: Path) -> Count:
    from unittest.mock import Mock

    from chat.exchange.caller import Caller
    from chat.exchange.visit import Visit
    from chat.metrics.board import Board
    from chat.metrics.counting import Open

    board = Board(folder / "one.counts")
    visit = Visit("req", Caller())
    visit.dialect = "native"
    exchange = Mock()
    exchange.chat = chat = Mock()
    chat.model = "glm-4.6"
    exchange.__dict__["chat"] = chat

    def count(outcome: Any) -> None:
        is_open = Open(board, visit, exchange)
        is_open.foretell(outcome)
        is_open.close(outcome)

    return count


def _theirs() -> Count:
    """The same series, with the same buckets; nothing of what is open."""
    from prometheus_client import CollectorRegistry, Counter, Histogram

    from chat.glm import prices
    from chat.metrics.families import KINDS, LABELS, TIMES_OF_A_REQUEST, Row
    from chat.metrics.labels import client_label, code_label, model_label

    registry = CollectorRegistry()

    def counter(name: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, name, labels, registry=registry)

    requests = counter("requests", LABELS[Row.REQUESTS])
    histograms = [
        Histogram(h.name, h.words, ("model",), buckets=h.buckets, registry=registry)
        for h in TIMES_OF_A_REQUEST
    ]
    tokens = counter("tokens", ("model", "client", "kind"))
    cost, charged = (counter(n, ("model", "client")) for n in ("cost", "charged"))
    tries = counter("tries", ("model", "code"))

    def count(outcome: Any) -> None:
        model, client = model_label("glm-4.6"), client_label(None)
        whose = outcome.whose or "none"
        requests.labels("native", model, outcome.ending, outcome.answer, whose).inc()
        seen = (outcome.first_sign, outcome.first_word, outcome.duration)
        seen += (outcome.waited, outcome.added)
        for histogram, seconds in zip(histograms, seen, strict=True):
            histogram.labels(model).observe(seconds)
        usage = outcome.usage
        numbers = (usage.prompt_tokens, usage.cached_tokens)
        numbers += (usage.completion_tokens, usage.reasoning_tokens)
        for kind, number in zip(KINDS, numbers, strict=True):
            tokens.labels(model, client, kind).inc(number or 0)
        dollars = prices.cost(outcome.answered_model, usage)
        cost.labels(model, client).inc(float(dollars or 0))
        charged.labels(model, client).inc(float(outcome.charge.usd))
        for attempt in outcome.attempts:
            tries.labels(model, code_label(attempt)).inc()

    return count


def _time_scrapes(folder: Path, options: argparse.Namespace) -> None:
    from chat.metrics.board import Board
    from chat.metrics.exposition import write
    from chat.metrics.families import Row
    from chat.metrics.host import read_host

    there = folder / "many"
    boards = [Board(there / f"{n}.counts") for n in range(options.workers)]
    for board in boards:
        for model, client in _pairs(options):
            board.cells[board.row(Row.USE, model, client)] += 1
        for number in range(options.models):
            board.cells[board.row(Row.TIMES, f"model-{number}")] += 1
            labels = ("native", f"model-{number}", "completed", "whole", "none")
            board.cells[board.row(Row.REQUESTS, *labels)] += 1
    took: list[float] = []
    size = 0
    for _ in range(options.turns):
        began = time.thread_time()
        text, _ = write(read_host(there, boards[0]), "")
        took.append(time.thread_time() - began)
        size = len(text)
    print(
        f"a scrape: {statistics.median(took) * 1000:.0f} ms of processor time for"
        f" {size / 1000:.0f} kB of text"
    )


def _pairs(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    for model in range(options.models):
        for client in range(options.clients):
            yield f"model-{model}", f"client {client}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.metrics", description=__doc__
    )
    add = parser.add_argument
    add("--turns", type=int, default=20, help="of each")
    add("--requests", type=int, default=2000, help="of each turn")
    add("--workers", type=int, default=4, help="whose files a scrape reads")
    add("--models", type=int, default=5, help="that each has counted")
    add("--clients", type=int, default=20, help="for whom, of each model")
    return parser.parse_args()


if __name__ == "__main__":
    main()
