"""How long records wait in memory for a database that keeps silent."""

import logging
import threading
import time
from collections.abc import Callable
from math import inf
from types import TracebackType

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0


class Patience:
    """Calls `lose`, again and again, while what is inside `with` takes too long.

    From a thread of its own: the one inside may hang. A process that is killed then
    takes with it only what is in memory alone.
    """

    def __init__(self, lose: Callable[[], None]) -> None:
        self._lose = lose
        self._until = inf
        self._over = threading.Event()
        threading.Thread(
            target=self._watch, name="requestlog-patience", daemon=True
        ).start()

    def __enter__(self) -> None:
        self._until = time.monotonic() + PATIENCE_SECONDS

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._until = inf

    @property
    def hanging_since(self) -> float | None:
        """Since when, by `time.monotonic`, if what is inside takes too long by now."""
        until = self._until
        return until - PATIENCE_SECONDS if time.monotonic() > until else None

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(PATIENCE_SECONDS / 4):
            if time.monotonic() > self._until:
                try:
                    self._lose()
                except Exception:  # it is tried again, and the thread goes on
                    logger.exception("What waits for the database was not spooled")
