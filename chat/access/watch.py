"""A thread that keeps what requests are let in by up to date, beside their path."""

import asyncio
import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from django.conf import settings
from django.db import connection

from chat.access import spent
from chat.access.budgets import Nearing
from chat.access.directory import directory
from chat.access.keys_in_use import write_last_use
from chat.access.ledger import Ledger, make_ledger
from chat.access.redis import listen
from chat.access.refusals import refusals
from chat.exchange.exchange import Exchange
from chat.exchange.register import open_exchanges
from chat.requestlog import settled
from chat.requestlog.database import Watchdog, use_own_connection
from chat.requestlog.sums import Totals

logger = logging.getLogger(__name__)

# A revocation holds within two seconds on every process, without Redis too.
SECONDS_BETWEEN_LOOKS = 1.0
LEAST_SECONDS = 0.05
SECONDS_BETWEEN_NOTES = 5.0
SECONDS_TO_STOP = 5.0
# How long a start, or a request, waits at most for the first look.
SECONDS_TO_LOAD = 2.0


class Watch:
    """Reads clients and sums, ends what is revoked, writes down what was counted."""

    def __init__(self, process: str) -> None:
        reads = (spent.read_sums, spent.reader_of_held(process))
        log = settings.CHAT_REQUEST_LOG
        self.ledger = make_ledger(process, *(reads if log else (None, None)))
        self.nearing = Nearing()
        self.has_looked = False
        self._over = threading.Event()
        self._news = threading.Event()
        self._next_notes = 0.0
        self._away_since: float | None = None
        self._listener = listen(self._news.set)
        self._thread = threading.Thread(target=self._run, name="access", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._news.set()
        self._thread.join(SECONDS_TO_STOP)
        if self._listener:
            self._listener.close()
        self.ledger.close()

    @property
    def can_read(self) -> bool:
        """Whether the database answered when it was asked last."""
        return self._away_since is None

    def problems(self) -> list[str]:
        """Return a sentence for each thing that is wrong, for people."""
        found = self.ledger.problems()
        if not directory.is_loaded and settings.CHAT_ACCESS != "open":
            found.insert(0, "Who may ask is not known yet: nobody is let in.")
        elif (since := self._away_since) is not None:
            seconds = time.monotonic() - since
            found.insert(
                0,
                f"Clients could not be read for {seconds:.0f} s: those that are known"
                " are let in.",
            )
        return found

    def _run(self) -> None:
        own = use_own_connection()
        spent.stay_open(own)
        self._watchdog = Watchdog(own)
        try:
            while not self._over.is_set():
                next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
                self._look()
                self.has_looked = True
                self._news.wait(max(LEAST_SECONDS, next_look - time.monotonic()))
                self._news.clear()
            self._do(refusals.write)
        finally:
            self._watchdog.close()
            own.close()

    def _look(self) -> None:
        works = [
            self._do(directory.load),
            self._do(_end_what_is_revoked),
            self._do(self.ledger.refresh),
        ]
        now = time.monotonic()
        if now >= self._next_notes:
            self._next_notes = now + SECONDS_BETWEEN_NOTES
            works += [
                self._do(lambda: self.nearing.look(self.ledger)),
                self._do(refusals.write),
                self._do(write_last_use),
            ]
        if self._away_since is not None and all(works):
            self._away_since = None
            logger.warning("Clients and budgets can be read again")

    def _do(self, work: Callable[[], None]) -> bool:
        """Do it; what is known is good until it can be done again."""
        try:
            with self._watchdog:  # a server that keeps silent would hold it for ever
                work()
        except Exception as error:  # whatever the driver raises, the thread goes on
            if self._away_since is None:
                self._away_since = time.monotonic()
                logger.warning(
                    "Clients and budgets cannot be read; those that are known hold: %s",
                    str(error).partition("\n")[0],
                )
            connection.close()
            return False
        return True


def _end_what_is_revoked() -> None:
    open_exchanges.stop_those(_is_revoked, "The key was revoked, or has expired.")


def _is_revoked(exchange: Exchange) -> bool:
    caller = exchange.caller
    if caller.client_id is None or not directory.is_loaded:
        return False
    return not directory.lets_in(caller.client_id, caller.key_id)


_watch: Watch | None = None
_lock = threading.Lock()


def watch() -> Watch:
    """Return the watch of this process, begun on first use."""
    global _watch
    if _watch is None:
        with _lock:
            if _watch is None:
                _watch = Watch(spent.this_process())
                atexit.register(stop)
    return _watch


def current() -> Watch | None:
    """Return the watch of this process if it has begun."""
    return _watch


def problems() -> list[str]:
    """Return what is wrong with access in this process, if anything."""
    return _watch.problems() if _watch else []


def ledger() -> Ledger:
    """Return what limits and budgets are counted by in this process."""
    return watch().ledger


def stop() -> None:
    """End it; the next use begins anew."""
    global _watch
    if _watch is not None:
        _watch.close()
        _watch = None
        directory.clear()


async def begin() -> None:
    """Have the watch begin, and wait until it has looked once: what is asked before
    would be counted in this process alone. That is not for long."""
    begun = watch()
    await _wait_until(lambda: begun.has_looked)


async def prepare() -> None:
    """Have the watch begin; where only clients may ask, wait until they are known.

    That is not for long.
    """
    if directory.is_loaded:
        return
    watch()
    if settings.CHAT_ACCESS == "open":
        return
    await _wait_until(lambda: directory.is_loaded)


async def _wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until the watch's thread has made it so, `SECONDS_TO_LOAD` at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS_TO_LOAD):
            while not is_so():  # noqa: ASYNC110 (a thread knows no event of the loop)
                await asyncio.sleep(0.005)


def _tell_ledger(totals: Totals, ended: Collection[str]) -> None:
    if _watch is not None:
        _watch.ledger.committed(totals, ended)


settled.listen(_tell_ledger)
