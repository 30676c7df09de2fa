"""What a process does for its open requests every few seconds, beside the writing."""

import logging
import time
from collections.abc import Callable, Sequence

from django.db import Error, connection

from chat.compiled_query import CompiledQuery
from chat.exchange.register import Progress
from chat.models import RequestLog
from chat.requestlog import lease
from chat.requestlog.judge import Judge
from chat.requestlog.lifeline import Lifeline
from chat.requestlog.progress import write_progress

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
RENEWAL_SECONDS = 10.0

Tell = Callable[[], Sequence[Progress]]
Stop = Callable[[Sequence[str]], None]


class Beat:
    """Tells how far requests are, hears which to stop, renews the lease of the process.

    `progress` tells of each that has some; `stop` ends exchanges by id; `adopt`
    takes over what dead processes left in files, and says whether all of it is
    written; `lifeline` says which processes are known to live, or to be dead; `chores`
    are small pieces of other work.
    """

    def __init__(
        self,
        process: str,
        progress: Tell,
        stop: Stop,
        adopt: Callable[[], bool],
        lifeline: Lifeline,
        chores: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.process = process
        self._chores = chores
        self._progress = progress
        self._stop = stop
        self._adopt = adopt
        self._next = 0.0
        self._next_renewal = 0.0
        self._next_look = 0.0
        self._lifeline = lifeline
        self._judge = Judge(lifeline.is_held)
        self._to_stop: CompiledQuery | None = None

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
        if now >= self._next_renewal:
            self._renew(now)
        self._look_after_requests()
        if now >= self._next_look:
            self._close_rows_of_the_dead(now)
        for chore in self._chores:
            _do(chore)

    def put_off(self) -> None:
        """Strike again in a second, and judge nobody by what was before.

        The database was away: others may not have been able to renew either.
        """
        self._next = time.monotonic() + 1.0
        self._next_renewal = 0.0
        self._judge.begin_anew()

    def end(self) -> None:
        lease.resign(self.process)

    def _renew(self, now: float) -> None:
        lease.renew(self.process)
        self._adopt()
        self._next_renewal = now + RENEWAL_SECONDS

    def _close_rows_of_the_dead(self, now: float) -> None:
        dead = self._judge.find_dead()
        # What dead processes left in files knows better how their requests ended.
        if dead and not self._adopt():
            return
        lease.close_rows_of_dead_processes(dead, self._lifeline.knows)
        for one in dead:
            self._lifeline.bury(one.process)
        self._next_look = now + RENEWAL_SECONDS

    def _look_after_requests(self) -> None:
        if progress := self._progress():
            with connection.cursor() as cursor:
                write_progress(cursor, progress)
        if self._to_stop is None:
            mine = RequestLog.objects.filter(process=self.process, ending=None)
            self._to_stop = CompiledQuery(
                mine.filter(stop_requested=True).values_list("pk")
            )
        if wanted := [key for (key,) in self._to_stop.ask()]:
            self._stop(wanted)


def _do(chore: Callable[[], None]) -> None:
    try:
        chore()
    except Error:
        raise
    except Exception:  # a fault in a side matter, and no reason to spool the log
        logger.exception("A fault of ours in a chore of the log")
