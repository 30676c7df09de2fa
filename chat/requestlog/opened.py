"""A request that is open: how the log hears of its end, before and after it came."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from msgspec.structs import replace

from chat.conversation import ChatRequest
from chat.exchange.outcome import Outcome
from chat.requestlog import entry
from chat.requestlog.ahead import Ahead
from chat.requestlog.excerpt import room_beside
from chat.requestlog.flood import Flood
from chat.requestlog.item import Item, in_loop
from chat.requestlog.question import keeps_text
from chat.requestlog.record import Record, Row
from chat.requestlog.spool import Spool
from chat.requestlog.transcript import Transcript

logger = logging.getLogger(__name__)

# How long a request waits for its row where no file can be written.
COMMIT_SECONDS = 1.0


class Opened:
    """Use `open`, then `foretell` once it is known how it ends if nothing fails any
    more, then `close` when it has ended."""

    def __init__(
        self,
        row: Row,
        asked: ChatRequest,
        spool: Spool,
        ahead: Ahead,
        put: Callable[[Item], None],
        flood: Flood,
    ) -> None:
        """`put` hands an item to the writer."""
        self._row = row
        self._asked = asked
        self._spool = spool
        self._ahead = ahead
        self._put = put
        self._flood = flood
        keeps = keeps_text(asked)
        self.transcript = Transcript(settings.CHAT_STORE_TEXT_BYTES) if keeps else None
        self._is_open = False
        self._is_left_out = False
        self._has_conversation = False  # on the disk, or in the database
        self._foretold: Item | None = None
        self._outcome: Outcome | None = None

    async def open(self) -> None:
        """Write the row down without an ending. Who floods us gets it only with an
        answer."""
        address = self._row.address
        if self._flood.mistrusts(address) and not self._admits():
            return
        self._is_open = True
        item = Item(entry.opened(self._row, self._asked))
        try:
            await self._ahead.write(item, self._asked.is_large)
        finally:  # the caller may have left meanwhile
            if not item.is_refused:
                self._ahead.then(partial(self._put, item))
        self._has_conversation = item.file is not None
        if item.is_refused:
            self._has_conversation = await self._commit(item)

    async def foretell(self, outcome: Outcome) -> None:
        """Write the end down before the caller sees it."""
        if self._leaves_out(outcome):
            return
        self._outcome = outcome
        self._foretold = item = Item(self._closing(outcome))
        await self._ahead.write(item, self._repeats_much)

    def close(self, outcome: Outcome) -> None:
        """Have the end stored; and written down, if it is not, or came differently."""
        if self._leaves_out(outcome):
            return
        item = self._foretold
        if item is None or outcome != self._outcome:
            record = replace(self._closing(outcome), corrects=item is not None)
            foretold, item = item, Item(record)
            self._ahead.write_now(item, self._repeats_much)
            if foretold:
                self._ahead.then(partial(self._spool.let_go, [foretold]))
        self._ahead.then(partial(self._put, item))

    def _closing(self, outcome: Outcome) -> Record:
        try:
            return entry.ended(
                self._row,
                outcome,
                self._asked,
                self.transcript,
                with_conversation=not self._has_conversation,
            )
        except Exception:
            # A row without figures is better than one that stays open; what it cost is
            # charged all the same.
            logger.exception("A row could not be filled in")
            return Record(
                replace(
                    self._row,
                    ending=outcome.ending,
                    charged_usd=outcome.charge.usd if outcome.charge else None,
                    is_estimated=bool(outcome.charge and outcome.charge.is_estimated),
                )
            )

    @property
    def _repeats_much(self) -> bool:
        return self._asked.is_large and not self._has_conversation

    def _leaves_out(self, outcome: Outcome) -> bool:
        """Whether there are too many like it: then it is counted, once."""
        if self._is_left_out:
            return True
        if self._foretold or not outcome.is_callers_fault:
            return False  # or it was asked before
        if not self._admits() and not self._is_open:
            self._is_left_out = True
            code = outcome.failure.code if outcome.failure else None
            address = self._row.address
            self._flood.leave_out(address, outcome.ending, outcome.whose, code)
        return self._is_left_out

    def _admits(self) -> bool:
        return self._flood.admits(self._row.address, self._text_bytes())

    def _text_bytes(self) -> int:
        """About how much text the row has."""
        if not keeps_text(self._asked):
            return 0
        most: int = settings.CHAT_STORE_TEXT_BYTES
        return most - max(0, room_beside(self._asked.messages, most))

    async def _commit(self, item: Item) -> bool:
        """Wait until `item` is in the database, though not for long; whether it is."""
        stored = asyncio.get_running_loop().create_future()
        item.stored = in_loop(stored)
        self._put(item)
        await asyncio.wait({stored}, timeout=COMMIT_SECONDS)
        return stored.done()
