"""What a process does for its open requests every few seconds, beside the writing."""

import time
from collections.abc import Callable, Sequence

from django.db import connection

from chat.models import RequestLog
from chat.requestlog import lease
from chat.requestlog.progress import write_progress

BEAT_SECONDS = 2.0
RENEWAL_SECONDS = 10.0

Progress = Callable[[], Sequence[tuple[str, int]]]
Stop = Callable[[Sequence[str]], None]


class Beat:
    """Tells how far requests are, hears which to stop, renews the lease of the process.

    `progress` gives (request id, events so far); `stop` ends exchanges by id; `adopt`
    writes what processes that are not among the living left in the spool; `chores` are
    small pieces of other work.
    """

    def __init__(
        self,
        process: str,
        progress: Progress,
        stop: Stop,
        adopt: Callable[[set[str]], None],
        chores: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.process = process
        self._chores = chores
        self._progress = progress
        self._stop = stop
        self._adopt = adopt
        self._next = 0.0
        self._next_renewal = 0.0
        self._trusts_leases_from = 0.0

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._next - time.monotonic())

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    def strike(self) -> None:
        """Do what is due. Raises what the database raises."""
        now = time.monotonic()
        self._next = now + BEAT_SECONDS
        self._look_after_requests()
        if now >= self._next_renewal:
            lease.renew(self.process)
            self._next_renewal = now + RENEWAL_SECONDS
            if now >= self._trusts_leases_from:
                self._adopt(lease.living())
                lease.bury_the_dead()
        for chore in self._chores:
            chore()

    def missed(self) -> None:
        """The database was away: others may not have been able to renew either."""
        now = time.monotonic()
        self._next = now + 1.0
        self._next_renewal = 0.0
        self._trusts_leases_from = now + lease.LEASE.total_seconds()

    def end(self) -> None:
        lease.resign(self.process)

    def _look_after_requests(self) -> None:
        if progress := self._progress():
            with connection.cursor() as cursor:
                write_progress(cursor, progress)
        mine = RequestLog.objects.filter(process=self.process, ending=None)
        if wanted := list(
            mine.filter(stop_requested=True).values_list("pk", flat=True)
        ):
            self._stop(wanted)
