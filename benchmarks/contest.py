"""All servers in one run: each is measured once in a turn, another first each time."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path

from benchmarks.contestant import Contestant
from benchmarks.programme import Measure
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Server
from benchmarks.standin import StandIn, standing_in


def run(
    servers: Sequence[Server],
    measures: Sequence[Measure],
    scale: Scale,
    seconds: float = inf,
) -> list[Row]:
    """Return a row for each of `servers`, in their order.

    After `seconds` no further turn begins, nor one that would last beyond.
    """
    end = time.monotonic() + seconds
    fresh = [measure for measure in measures if measure.is_fresh]
    by_turns = [measure for measure in measures if not measure.is_fresh]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = stack.enter_context(standing_in(folder))
        contestants = _enter(servers, scale, standin, stack)
        _measure_by_turns(contestants, by_turns, scale.turns, end)
        for contestant in contestants:
            contestant.stop()
        _measure_fresh(contestants, fresh)
        rows = {contestant.server.key: contestant.row for contestant in contestants}
        secured = [server for server in servers if server.measures_tls]
        if fresh and secured:
            over_tls = stack.enter_context(standing_in(folder, tls=True))
            secure = _enter(secured, scale, over_tls, stack)
            _measure_fresh(secure, fresh)
            for contestant in secure:
                _take_over(contestant.row, rows[contestant.server.key])
    return list(rows.values())


def _measure_by_turns(
    contestants: Sequence[Contestant],
    measures: Sequence[Measure],
    turns: int,
    end: float,
) -> None:
    if measures:
        for contestant in contestants:
            contestant.start()  # not on the time of the first turn
    longest = 0.0
    for turn in range(turns):
        began = time.monotonic()
        if turn and began + longest > end:
            _say(f"No time is left for turn {turn + 1}")
            return
        for measure in measures:
            if turn == 0 or not measure.once:
                _say(f"Turn {turn + 1} of {turns}: {measure.title}")
                for contestant in _rotated(contestants, turn):
                    contestant.measure(measure)
        longest = max(longest, time.monotonic() - began)


def _measure_fresh(
    contestants: Sequence[Contestant], measures: Sequence[Measure]
) -> None:
    """One server at a time, each started for this."""
    for measure in measures:
        for contestant in contestants:
            _say(f"{measure.title}: {contestant.server.title}")
            contestant.measure(measure)
            contestant.stop()


def _take_over(over_tls: Row, row: Row) -> None:
    if found := over_tls.samples.get("tls_stream_kb"):
        row.add({"tls_stream_kb": found})
    for note in over_tls.notes:
        row.note(f"over TLS: {note}")


def _enter(
    servers: Sequence[Server], scale: Scale, standin: StandIn, stack: ExitStack
) -> list[Contestant]:
    """Who is asked within another has that one's process, if it takes part."""
    contestants: dict[str, Contestant] = {}
    for server in servers:
        host = contestants.get(server.within)
        contestants[server.key] = Contestant(server, scale, standin, host)
        stack.callback(contestants[server.key].stop)
    return list(contestants.values())


def _rotated(contestants: Sequence[Contestant], turn: int) -> Iterator[Contestant]:
    first = turn % len(contestants)
    yield from contestants[first:]
    yield from contestants[:first]


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)
