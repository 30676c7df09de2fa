"""Which processes are dead, by what one process has seen of them itself."""

import time
from collections.abc import Callable
from math import inf

from chat.requestlog import lease
from chat.requestlog.lease import Lease


class Judge:
    """A lease that did not move while it was looked at for long enough is a dead one's.

    Time is the judge's own: no clock of a computer, which may leap, is compared with
    another. It begins anew after it was frozen or the database was away, for then
    others may not have been able to renew either. `is_held` says of whom it is known
    that they live.
    """

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        self._is_held = is_held
        self._seen: dict[str, tuple[Lease, float]] = {}
        self._looked = -inf

    def begin_anew(self) -> None:
        self._seen = {}

    def look(self) -> list[Lease]:
        """Return the leases of the dead. Raises what the database raises."""
        now = time.monotonic()
        if now - self._looked > lease.LEASE.total_seconds() / 2:
            self.begin_anew()
        self._looked = now
        self._seen = {one.process: self._since(one, now) for one in lease.all_open()}
        return [one for one, since in self._seen.values() if self._is_dead(one, since)]

    def _since(self, found: Lease, now: float) -> tuple[Lease, float]:
        """`found`, and since when it has been as it is."""
        known, since = self._seen.get(found.process, (None, now))
        return (found, since) if found == known else (found, now)

    def _is_dead(self, one: Lease, since: float) -> bool:
        unmoved = self._looked - since >= lease.LEASE.total_seconds()
        return unmoved and not self._is_held(one.process)
