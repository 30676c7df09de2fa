"""An answer on its way, and for a while after: whose it is, and what was sent of it."""

import asyncio
from collections.abc import Callable

from chat.answers.frames import Frames
from chat.answers.keeping import Keeping, Numbering
from chat.answers.owner import Owner
from chat.conversation import ChatRequest
from chat.exchange.audience import Audience
from chat.exchange.exchange import Exchange
from chat.failures import Failure, Interrupted, stopped_by_caller
from chat.protocols import Dialect, Writer

# For `WorkflowChatTransport` of the AI SDK.
RUN = "X-Workflow-Run-ID"


class Answer:
    """`frames` is None where nothing is kept of it. `ended` is when it ended, by the
    clock of the loop; None while it goes on. `cookie` is for who has to be known
    again."""

    def __init__(
        self,
        request_id: str,
        owner: Owner,
        asked: ChatRequest,
        dialect: Dialect,
        audience: Audience | None,
    ) -> None:
        self.request_id = request_id
        self.owner = owner
        self.chat_id = asked.chat_id
        self.dialect = dialect
        self.audience = audience
        self.frames: Frames | None = None
        self.ended: float | None = None
        self.cookie: str | None = None
        self.is_whole = False  # it ended, and its last frame was written
        self.is_told = False  # Redis is told of it still
        self._is_numbered = asked.resumable
        self._exchange: Exchange | None = None
        self._is_over: asyncio.Future[None] | None = None
        self._writer: Keeping | None = None

    @property
    def is_finished(self) -> bool:
        """Whether its last frame was written."""
        return self._writer is not None and self._writer.is_finished

    @property
    def headers(self) -> dict[str, str]:
        """What tells who asked how to come back for it."""
        told = {"Set-Cookie": self.cookie} if self.cookie else {}
        if self.frames is not None and self.dialect.comes_back:
            told[RUN] = self.request_id
        return told

    def begin(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def until_ended(self, seconds: float) -> None:
        """Return when it has ended, or after so long."""
        if self.ended is None:
            self._is_over = self._is_over or asyncio.get_running_loop().create_future()
            await asyncio.wait({self._is_over}, timeout=seconds)

    def keep(self, grew: Callable[[int], None]) -> None:
        """Keep what is sent from now on; `grew` hears how many bytes more are held."""
        self.frames = Frames(grew)

    def through(self, writer: Writer) -> Writer:
        """Return what writes as `writer` does, and numbers and keeps as is wanted."""
        if self._is_numbered:
            writer = Numbering(writer)
        if self.frames is None:
            return writer
        self._writer = Keeping(writer, self.frames.add)
        return self._writer

    def join(self) -> bool:
        """Somebody follows it, and calls `part` at the end; False if it has ended."""
        if self.ended is not None or self.audience is None:
            return False
        self.audience.join()
        return True

    def part(self) -> None:
        if self.audience:
            self.audience.part()

    def stop(self) -> None:
        """End it, for the one who asked wants no more."""
        if self._exchange:
            self._exchange.cut_short(stopped_by_caller())

    def end(self, now: float) -> None:
        """It has ended; who still follows it and has not heard so is told."""
        self.is_whole = self.is_finished
        if self._writer and not self.is_finished:
            failure = self._exchange.failure if self._exchange else None
            self._writer.broken_off(failure or Interrupted("The answer broke off."))
        elif self.frames and not self.is_finished:
            self.frames.add(self.tell(Interrupted("The answer broke off.")))
        self._exchange = self._writer = None
        self.ended = now
        if self._is_over and not self._is_over.done():
            self._is_over.set_result(None)
        if self.frames:
            self.frames.end()

    def tell(self, failure: Failure) -> bytes:
        """Return what tells who follows it that there will be no more."""
        if self._exchange is None:
            return b""
        chat, seen = self._exchange.chat, self._exchange.seen
        return self.dialect.writer(chat, self.request_id, seen).broken_off(failure)
