"""What is known of the database's sums, so that a request need not ask it."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from heapq import nlargest

from chat.requestlog.sums import Sum

# One that was not read for so long is read again when it is needed, if the database
# answers.
SECONDS_FRESH = 5.0
# One that somebody needed is refreshed for so long.
SECONDS_IN_USE = 60.0
MOST_IN_USE = 2_000
# And kept for so long, for when the database does not answer.
SECONDS_KEPT = 3600.0
MOST_KEPT = 20_000
NEVER = float("-inf")

# What the database has of sums (µUSD); those it has no row of may be left out. Called
# on threads; closes its connection; raises what the database raises.
ReadSums = Callable[[Collection[Sum]], Mapping[Sum, int]]
# What open requests of other processes hold, as their rows say: names of claims, to how
# many there are, or µUSD. Likewise.
ReadHeld = Callable[[], Mapping[str, int]]


class Known:
    __slots__ = ("of", "read_at", "told_at", "total", "used_at")

    def __init__(self, of: Sum, now: float) -> None:
        self.of = of
        self.total = 0
        self.read_at = self.told_at = NEVER
        self.used_at = now


class Sums:
    """Not for several threads at once. Totals are in µUSD, moments are monotonic."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def use(self, of: Sum, since: float) -> Known | None:
        """What is known of a sum, which somebody needs now; None if it was not read
        `since`."""
        known = self._known.get(of.name)
        if known is None:
            return None
        known.used_at = time.monotonic()
        return known if known.read_at >= since else None

    def total(self, of: Sum) -> int | None:
        known = self._known.get(of.name)
        return known.total if known else None

    def learn(self, totals: Mapping[Sum, int], read_at: float) -> None:
        """These were read, by a question that was asked at `read_at`.

        A total may have become lower, where a cost was taken back; unless we were told
        since of a commit that the question may have missed.
        """
        for of, total in totals.items():
            known = self._known.get(of.name)
            if known is None:
                known = self._known[of.name] = Known(of, time.monotonic())
            missed = read_at <= known.told_at or read_at < known.read_at
            known.total = max(known.total, total) if missed else total
            known.read_at = max(known.read_at, read_at)

    def hear(self, totals: Mapping[Sum, int]) -> None:
        """Others say so, who may not have read it lately."""
        for of, total in totals.items():
            known = self._known.get(of.name)
            if known is None:
                known = self._known[of.name] = Known(of, time.monotonic())
            known.total = max(known.total, total)

    def raise_to(self, totals: Mapping[Sum, int]) -> None:
        """A commit made these; others may have made larger ones since."""
        now = time.monotonic()
        for of, total in totals.items():
            if known := self._known.get(of.name):
                known.total = max(known.total, total)
                known.told_at = now

    def add(self, of: Sum, charged: int) -> int:
        """Where no database adds up: do it here. Return the total."""
        known = self._known.get(of.name)
        if known is None:
            known = self._known[of.name] = Known(of, time.monotonic())
        known.total += charged
        return known.total

    def in_use(self) -> list[Sum]:
        """Those that somebody needed not long ago, the latest of them."""
        after = time.monotonic() - SECONDS_IN_USE
        used = [known for known in self._known.values() if known.used_at > after]
        if len(used) > MOST_IN_USE:
            used = nlargest(MOST_IN_USE, used, key=lambda known: known.used_at)
        return [known.of for known in used]

    def forget(self, *, unused: bool) -> None:
        """Forget what is past; `unused`: and what nobody has needed for long."""
        now, moment = time.monotonic(), datetime.now(UTC)
        before = now - SECONDS_KEPT if unused else NEVER
        past = [
            name
            for name, known in self._known.items()
            if known.used_at < before
            or (known.of.resets < moment and known.used_at < now - SECONDS_IN_USE)
        ]
        self._drop(past)
        if (too_many := len(self._known) - MOST_KEPT) > 0:
            by_use = sorted(self._known, key=lambda name: self._known[name].used_at)
            self._drop(by_use[:too_many])

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            del self._known[name]


def complete(sums: Collection[Sum], read: Mapping[Sum, int]) -> dict[Sum, int]:
    """Those that have no row yet are 0."""
    return {of: read.get(of, 0) for of in sums}
