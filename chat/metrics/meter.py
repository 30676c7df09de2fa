"""The metrics of this process: begun and ended with it, if anybody may read them."""

import asyncio
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from django.conf import settings

from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit
from chat.metrics import labels, standing
from chat.metrics.board import Board
from chat.metrics.counting import Open, count_refusal, observe
from chat.metrics.families import COMMIT, LOOP_DELAY, Row
from chat.metrics.host import Host, read_host
from chat.requestlog import commits, journal

logger = logging.getLogger(__name__)

FOLDER = "metrics"
OFF = "off"
SECONDS_BETWEEN_LOOKS = 2.0


class Meter:
    """Counts in its board, and tells there every two seconds how the process stands."""

    def __init__(self, is_closing: Callable[[], bool]) -> None:
        """Of the event loop that runs; `is_closing`: whether the process is to stop."""
        self.folder = Path(settings.CHAT_SPOOL_DIR) / FOLDER
        name = f"{os.getpid():x}-{secrets.token_hex(8)}.counts"
        self.board = Board(self.folder / name)
        self._commits = self.board.row(Row.COMMITS)
        self._is_closing = is_closing
        self._loop = asyncio.get_running_loop()
        self._reading: asyncio.Task[Host] | None = None
        self._turns = self.board.row(Row.LOOP)
        self._telling = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    async def read(self) -> Host:
        """Return what all processes of this host say; many who ask at once get the
        same. Raises TimeoutError and OSError."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(asyncio.to_thread(self._read))
        return await asyncio.shield(self._reading)

    def committed(self, seconds: float) -> None:
        observe(self.board, self._commits, COMMIT, seconds)

    def close(self) -> None:
        self._over.set()
        self._thread.join(SECONDS_BETWEEN_LOOKS)
        self.board.close()

    def _read(self) -> Host:
        self._tell()
        return read_host(self.folder, self.board)

    def _run(self) -> None:
        try:
            read_host(self.folder, self.board)  # what dead ones left is added up
        except OSError as error:
            logger.debug("What others counted cannot be read: %s", error)
        while True:
            try:
                if self.board.path is None and (move := self.board.make_file()):
                    self._loop.call_soon_threadsafe(move)
                self._tell()
                self._feel()
            except Exception:  # the next time may go well
                logger.exception("A fault of ours in the metrics")
            if self._over.wait(SECONDS_BETWEEN_LOOKS):
                return

    def _tell(self) -> None:
        with self._telling:
            labels.renew_clients()
            now = standing.take(self._is_closing())
            board, log = self.board, journal.current()
            board.cells[board.row(Row.PROCESS)] = now.process.cpu
            if log:
                board.cells[board.row(Row.LEFT_OUT)] = log.flood.left_out_in_all
            board.tell(msgspec.json.encode(now))

    def _feel(self) -> None:
        """Have the event loop say how late it does what is due."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(partial(self._felt, time.monotonic()))

    def _felt(self, since: float) -> None:
        observe(self.board, self._turns, LOOP_DELAY, time.monotonic() - since)


_meter: Meter | None = None


def begin(is_closing: Callable[[], bool]) -> None:
    """Begin to count, unless nobody may read it; on the event loop."""
    global _meter
    if settings.METRICS_ACCESS != OFF and _meter is None:
        _meter = Meter(is_closing)


def stop() -> None:
    """Leave to others what was counted."""
    global _meter
    if _meter is not None:
        _meter.close()
        _meter = None


def current() -> Meter | None:
    """Return the meter of this process if it counts."""
    return _meter


def follow(exchange: Exchange, visit: Visit) -> None:
    """Count `exchange`, of the request `visit`, once it has ended."""
    if _meter:
        counted = Open(_meter.board, visit, exchange)
        exchange.when_foretold(counted.foretell)
        exchange.when_closed(counted.close)


def refused(visit: Visit, outcome: Outcome) -> None:
    """Count a request that became no exchange."""
    if _meter:
        count_refusal(_meter.board, visit, outcome)


def _committed(seconds: float) -> None:
    if _meter:
        _meter.committed(seconds)


commits.listen(_committed)
