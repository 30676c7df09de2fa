"""The service's clocks, as seen from here."""

import time
from collections import defaultdict
from typing import NamedTuple

_START = time.time() - time.perf_counter()


def now() -> float:
    """Seconds since 1970; only ever forward."""
    return _START + time.perf_counter()


class Offset(NamedTuple):
    """How far a clock is ahead of ours, give or take `error`."""

    seconds: float
    error: float


class Clocks:
    """Compares clocks by round trips, one for each host that answered.

    The true offset lies within half of what a round trip took on the way: the shortest
    says it best.
    """

    def __init__(self) -> None:
        self._samples: dict[str, list[Offset]] = defaultdict(list)

    def compare(
        self, host: str, asked: float, received: float, sent: float, arrived: float
    ) -> None:
        """Add a round trip: `asked` and `arrived` by our clock, the others by its."""
        on_the_way = (arrived - asked) - (sent - received)
        offset = ((received - asked) + (sent - arrived)) / 2
        self._samples[host].append(Offset(offset, max(on_the_way, 0.0) / 2))

    def offset(self, host: str | None = None) -> Offset:
        """That of `host`, or of any other. Raises ValueError if none answered."""
        everybody = [s for samples in self._samples.values() for s in samples]
        return min(self._samples.get(host or "") or everybody, key=lambda s: s.error)

    def here(self, host: str, its_time: float) -> float:
        """Our time when that host's clock showed `its_time`."""
        return its_time - self.offset(host).seconds
