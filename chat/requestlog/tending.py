"""The thread that looks after the files of the log, whatever the database does."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.25


class Tending:
    """Calls `tend` every quarter of a second.

    From a thread of its own: the writer may hang, and so may a disk that is flushed.
    """

    def __init__(self, tend: Callable[[], None]) -> None:
        self._tend = tend
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="requestlog-tending", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(SECONDS_BETWEEN_LOOKS)

    def _run(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self._tend()
            except Exception:  # it is tried again, and the thread goes on
                logger.exception("A fault of ours in looking after the log's files")
