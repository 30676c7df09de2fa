"""A thread that looks every few seconds whether something is wrong, and tells it."""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import Error, connection

from chat.alerts.condition import Condition
from chat.alerts.conditions import OF_THE_HOST, SHARED
from chat.alerts.host import OfTheHost
from chat.alerts.message import Taken
from chat.alerts.post import NotTaken, post
from chat.alerts.shared import Shared
from chat.requestlog.database import Watchdog, use_own_connection

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_BETWEEN_PRUNINGS = 3600.0
SECONDS_TO_STOP = 5.0

T = TypeVar("T")


class Ledger(Protocol):
    """What is wrong, and what of it is told; common to several processes."""

    def note(self, condition: Condition) -> None:
        """Look, and write down what began, what goes on, and what is over."""

    def take(self) -> Taken | None:
        """The next message that is due, for this process alone; None if none is."""

    def told(self, taken: Taken) -> None: ...

    def failed(self, taken: Taken, reason: str) -> None:
        """It is tried again, unless it was tried too often."""


class Watch:
    """Of one process. The others look too; what is wrong is told by one of them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.host = OfTheHost(Path(settings.CHAT_SPOOL_DIR))
        self.shared = Shared()
        self._over = threading.Event()
        self._next_pruning = time.monotonic() + SECONDS_BETWEEN_PRUNINGS
        self._faults: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(SECONDS_TO_STOP)

    def _run(self) -> None:
        own = use_own_connection()
        self._watchdog = Watchdog(own)
        self._do("making the file", self.host.prepare)
        try:
            while not self._over.is_set():
                self._look(self.host, OF_THE_HOST)
                self._look(self.shared, SHARED)
                self._prune()
                self._over.wait(SECONDS_BETWEEN_LOOKS)
        finally:
            self._watchdog.close()
            own.close()

    def _look(self, ledger: Ledger, conditions: Sequence[Condition]) -> None:
        for condition in conditions:
            self._do(f"looking for {condition.name}", ledger.note, condition)
        while not self._over.is_set() and (taken := self._do("telling", ledger.take)):
            self._tell(ledger, taken)

    def _tell(self, ledger: Ledger, taken: Taken) -> None:
        """If it cannot be noted that it was told, it is told again: that is better than
        not at all."""
        try:
            post(self._url, taken.message)
        except NotTaken as error:
            logger.warning("An alert could not be sent: %s", error)
            self._do("noting a failure", ledger.failed, taken, str(error))
        else:
            logger.warning("Told by an alert: %s", taken.message.heading)
            self._do("noting what was told", ledger.told, taken)

    def _prune(self) -> None:
        if time.monotonic() >= self._next_pruning:
            self._next_pruning = time.monotonic() + SECONDS_BETWEEN_PRUNINGS
            self._do("pruning", self.shared.prune)

    def _do(self, what: str, work: Callable[..., T], *with_these: Any) -> T | None:
        """Do it; a database that is away is looked into again at the next look."""
        try:
            with self._watchdog:  # a server that keeps silent would hold it for ever
                return work(*with_these)
        except Error as error:
            logger.debug("Alerts: %s was not possible: %s", what, error)
        except Exception:  # one that does not work must not silence the others
            if what not in self._faults:
                self._faults.add(what)
                logger.exception("A fault of ours in alerts, in %s", what)
        connection.close()
        return None


_watch: Watch | None = None


def begin() -> None:
    """Have the watch begin, if there is somebody to tell."""
    global _watch
    if settings.ALERT_WEBHOOK_URL and _watch is None:
        _watch = Watch(settings.ALERT_WEBHOOK_URL)
        atexit.register(stop)


def stop() -> None:
    global _watch
    if _watch is not None:
        _watch.close()
        _watch = None


def problems(with_database: bool = True) -> list[str]:
    """Say which alerts could not be told. Raises what the database raises."""
    if not settings.ALERT_WEBHOOK_URL:
        return []
    return list(_problems(with_database))


def _problems(with_database: bool) -> Iterator[str]:
    yield from OfTheHost(Path(settings.CHAT_SPOOL_DIR)).problems()
    if with_database:
        yield from Shared().problems()
