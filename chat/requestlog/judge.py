"""Which processes are dead, by what one process has seen of them itself."""

import time
from collections.abc import Callable
from math import inf

from chat.requestlog import lease
from chat.requestlog.lease import Lease


class Judge:
    """Takes a process for dead whose lease did not move for `lease.LEASE`.

    Time is this process's own: no clock of a computer, which may leap, is compared with
    another. The judge begins anew after its process was frozen or the database was
    away, for then other processes may not have been able to renew either. `is_held`
    says of a process whether it is known to live.
    """

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        self._is_held = is_held
        self._seen: dict[str, tuple[Lease, float]] = {}
        self._looked = -inf

    def begin_anew(self) -> None:
        self._seen = {}

    def find_dead(self) -> list[Lease]:
        """Return the leases of dead processes. Raises what the database raises."""
        now = time.monotonic()
        if now - self._looked > lease.LEASE.total_seconds() / 2:
            self.begin_anew()
        self._looked = now
        self._seen = {one.process: self._since(one, now) for one in lease.read_leases()}
        return [one for one, since in self._seen.values() if self._is_dead(one, since)]

    def _since(self, found: Lease, now: float) -> tuple[Lease, float]:
        """`found`, and since when it has been as it is."""
        known, since = self._seen.get(found.process, (None, now))
        return (found, since) if found == known else (found, now)

    def _is_dead(self, one: Lease, since: float) -> bool:
        unmoved = self._looked - since >= lease.LEASE.total_seconds()
        return unmoved and not self._is_held(one.process)
