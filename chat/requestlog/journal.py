"""The log of this process: what the views tell it, and the thread that writes it."""

import asyncio
import atexit
import logging
import os
import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from msgspec.structs import replace

from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.register import open_exchanges
from chat.exchange.visit import Visit
from chat.requestlog import entry, retention
from chat.requestlog.beat import Beat
from chat.requestlog.excerpt import room_beside
from chat.requestlog.flood import Flood
from chat.requestlog.item import in_loop
from chat.requestlog.keeping import bounded
from chat.requestlog.lifeline import Lifeline
from chat.requestlog.question import keeps_text, row_of
from chat.requestlog.record import Record, Row
from chat.requestlog.spool import Spool
from chat.requestlog.transcript import Transcript
from chat.requestlog.writer import Writer

logger = logging.getLogger(__name__)

# How long a request waits for its row before it goes to the spool instead.
COMMIT_SECONDS = 0.25
SPOOL_SECONDS = 1.0


class Journal:
    """Use `journal()`; a process has one."""

    def __init__(self) -> None:
        self.process = f"{os.getpid():x}-{secrets.token_hex(8)}"
        self.spool = Spool(
            Path(settings.CHAT_SPOOL_DIR), self.process, settings.CHAT_SPOOL_MAX_BYTES
        )
        self.spool.losses.prepare()
        self._lifeline = Lifeline(Path(settings.CHAT_SPOOL_DIR), self.process)
        self._lifeline.hold()
        self._flood = Flood()
        self._late: deque[Record] = deque()
        self._spooler = ThreadPoolExecutor(1, "requestlog-spooler")
        beat = Beat(
            self.process,
            progress=open_exchanges.progress,
            stop=open_exchanges.stop,
            adopt=self.spool.adopt,
            is_held=self._lifeline.is_held,
            chores=[
                self._flood.report,
                retention.Retention().do_some,
                lambda: self.spool.aside.forget(settings.CHAT_TEXT_DAYS),
                self.spool.losses.save,
            ],
        )
        self.writer = Writer(self.spool, beat)

    async def open(self, visit: Visit, exchange: Exchange) -> None:
        """Have the row of `exchange` committed, or at least spooled, before Z.AI is
        called; and closed when the exchange is.

        Who floods us gets a row only with an answer.
        """
        row = row_of(visit, self.process)
        keeps = keeps_text(exchange.chat)
        transcript = Transcript(settings.CHAT_STORE_TEXT_BYTES) if keeps else None
        opens = not self._flood.mistrusts(visit.address) or self._flood.admits(
            visit.address, _text_bytes(exchange)
        )
        exchange.report_to(
            lambda outcome: self._close(row, exchange, outcome, transcript, opens),
            listener=transcript,
        )
        if opens:
            await self._commit(entry.opened(row, exchange.chat))

    def refuse(self, visit: Visit, outcome: Outcome) -> None:
        """Note a request that was turned away."""
        if self._flood.admits(visit.address):
            self.writer.put(entry.refused(row_of(visit, self.process), outcome))
        else:
            self._flood.leave_out(visit.address, outcome.ending)

    def close(self) -> None:
        self.writer.close()
        self._spooler.shutdown(wait=False)
        self._flood.report_now()
        self._lifeline.release()

    def _close(
        self,
        row: Row,
        exchange: Exchange,
        outcome: Outcome,
        transcript: Transcript | None,
        is_open: bool,
    ) -> None:
        if outcome.is_callers_fault:
            admitted = self._flood.admits(row.address, _text_bytes(exchange))
            if not (admitted or is_open):
                self._flood.leave_out(row.address, outcome.ending)
                return
        try:
            record = entry.ended(row, outcome, exchange.chat, transcript)
        except Exception:
            # A row without figures is better than one that stays open.
            logger.exception("A row could not be filled in")
            record = Record(replace(row, ending=outcome.ending))
        self.writer.put(record)

    async def _commit(self, record: Record) -> None:
        stored = asyncio.get_running_loop().create_future()
        self.writer.put(record, in_loop(stored))
        done, _ = await asyncio.wait({stored}, timeout=COMMIT_SECONDS)
        if not done:
            self._late.append(record)
            loop = asyncio.get_running_loop()
            spooling = loop.run_in_executor(self._spooler, self._spool_late)
            await asyncio.wait({spooling}, timeout=SPOOL_SECONDS)

    def _spool_late(self) -> None:
        """Spool in one go all that waited too long; the next finds nothing left."""
        records = [self._late.popleft() for _ in range(len(self._late))]
        if records:
            self.spool.append([bounded(record)[0] for record in records])


def _text_bytes(exchange: Exchange) -> int:
    """About how much text the row of `exchange` has."""
    if not keeps_text(exchange.chat):
        return 0
    most: int = settings.CHAT_STORE_TEXT_BYTES
    return most - max(0, room_beside(exchange.chat.messages, most))


_journal: Journal | None = None


def journal() -> Journal:
    """Return the log of this process, begun on first use."""
    global _journal
    if _journal is None:
        _journal = Journal()
        atexit.register(stop)
    return _journal


def current() -> Journal | None:
    """Return the log of this process if it has begun."""
    return _journal


def stop() -> None:
    """Write what is left; the next use begins anew."""
    global _journal
    if _journal is not None:
        _journal.close()
        _journal = None
