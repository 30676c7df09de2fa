"""The log of this process: what the views tell it, and the thread that writes it."""

import atexit
import os
import secrets
from pathlib import Path

from django.conf import settings

from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.register import open_exchanges
from chat.exchange.visit import Visit
from chat.requestlog import entry, retention
from chat.requestlog.ahead import Ahead
from chat.requestlog.beat import Beat
from chat.requestlog.flood import Flood
from chat.requestlog.item import Item
from chat.requestlog.lanes import Lanes
from chat.requestlog.lifeline import Lifeline
from chat.requestlog.opened import Opened
from chat.requestlog.question import row_of
from chat.requestlog.shares import Shares
from chat.requestlog.spool import Spool
from chat.requestlog.tending import Tending
from chat.requestlog.writer import Writer


class Journal:
    """Use `journal()`; a process has one."""

    def __init__(self) -> None:
        self.process = f"{os.getpid():x}-{secrets.token_hex(8)}"
        folder = Path(settings.CHAT_SPOOL_DIR)
        self.spool = Spool(folder, self.process, settings.CHAT_SPOOL_MAX_BYTES)
        self.spool.losses.prepare()
        self.lifeline = Lifeline(folder, self.process)
        self.lifeline.hold()
        self.flood = Flood()
        beat = Beat(
            self.process,
            progress=open_exchanges.progress,
            stop=open_exchanges.stop,
            adopt=self.spool.adopt,
            lifeline=self.lifeline,
            chores=[
                self.flood.report,
                retention.Retention().do_some,
                lambda: self.spool.aside.forget(settings.CHAT_TEXT_DAYS),
                self.spool.losses.save,
                self.spool.forgotten.clear,
                Lanes(self.process).tell,
                Shares().claim,
            ],
        )
        self.spool.tend()  # makes the first file, which no request need wait for
        self._ahead = Ahead(self.spool)
        self.writer = Writer(self.spool, beat)
        self._tending = Tending(self._tend)

    async def open(self, visit: Visit, exchange: Exchange) -> None:
        """Have the row of `exchange` written down before Z.AI is called, and its end
        before the caller sees that."""
        opened = Opened(
            row_of(visit, self.process),
            exchange.chat,
            self.spool,
            self._ahead,
            self.writer.put,
            self.flood,
        )
        exchange.report_to(opened, listener=opened.transcript)
        await opened.open()

    async def refuse(self, visit: Visit, outcome: Outcome) -> None:
        """Write down that a request is turned away, before it is told."""
        if not self.flood.admits(visit.address):
            code = outcome.failure.code if outcome.failure else None
            self.flood.leave_out(visit.address, outcome.ending, outcome.whose, code)
            return
        item = Item(entry.refused(row_of(visit, self.process), outcome))
        try:
            await self._ahead.write(item)
        finally:  # the caller may have left meanwhile
            self._ahead.then(lambda: self.writer.put(item))

    def close(self) -> None:
        self._ahead.close()
        self.writer.close()
        self._tending.close()
        self.flood.report_now()
        self.lifeline.release()

    def _tend(self) -> None:
        self.spool.tend()
        self.lifeline.tell(self.spool.own_bytes)


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
