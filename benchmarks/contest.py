"""All servers in one run: each is measured once in a turn, another first each time."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.contestant import Contestant
from benchmarks.programme import Measure
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Server
from benchmarks.standin import StandIn, standing_in


def run(
    servers: Sequence[Server], measures: Sequence[Measure], scale: Scale
) -> list[Row]:
    """Return a row for each of `servers`, in their order."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = stack.enter_context(standing_in(folder))
        contestants = _enter(servers, scale, standin)
        for contestant in contestants:
            stack.callback(contestant.stop)
        by_turns = [measure for measure in measures if not measure.is_fresh]
        for turn in range(scale.turns):
            for measure in by_turns:
                if turn == 0 or not measure.once:
                    _say(f"Turn {turn + 1} of {scale.turns}: {measure.title}")
                    for contestant in _rotated(contestants, turn):
                        contestant.measure(measure)
        for contestant in contestants:
            contestant.stop()
        over_tls: list[Contestant] = []
        if fresh := [measure for measure in measures if measure.is_fresh]:
            if any(server.measures_tls for server in servers):
                secure = stack.enter_context(standing_in(folder, tls=True))
                over_tls = _enter(servers, scale, secure)
            _measure_fresh([*contestants, *over_tls], fresh)
    rows = {contestant.server.key: contestant.row for contestant in contestants}
    for contestant in over_tls:
        found = contestant.row.samples.get("tls_stream_kb")
        rows[contestant.server.key].add({"tls_stream_kb": found} if found else {})
    return list(rows.values())


def _measure_fresh(
    contestants: Sequence[Contestant], measures: Sequence[Measure]
) -> None:
    """One server at a time, each started for this."""
    for measure in measures:
        for contestant in contestants:
            _say(f"{measure.title}: {contestant.server.title}")
            contestant.measure(measure)
            contestant.stop()


def _enter(
    servers: Sequence[Server], scale: Scale, standin: StandIn
) -> list[Contestant]:
    """Who is asked within another has that one's process, if it takes part."""
    contestants: dict[str, Contestant] = {}
    for server in servers:
        host = contestants.get(server.within)
        contestants[server.key] = Contestant(server, scale, standin, host)
    return list(contestants.values())


def _rotated(contestants: Sequence[Contestant], turn: int) -> Iterator[Contestant]:
    first = turn % len(contestants)
    yield from contestants[first:]
    yield from contestants[:first]


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)
