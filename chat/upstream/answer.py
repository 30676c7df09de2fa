"""Z.AI's streamed answer, read as it comes."""

import asyncio
from collections.abc import Callable
from typing import cast

import aiohttp

from chat.event import Batch
from chat.tracebacks import forget_frames
from chat.upstream import errors
from chat.upstream.connection import Connection
from chat.upstream.events import Events
from chat.upstream.limits import MOST_AT_ONCE, MOST_ONCE_TAKEN, TAKEN
from chat.upstream.pieces import Pieces

# How long to wait for the end of a body whose last event has come, so that the
# connection can serve the next request.
END_SECONDS = 0.05


class Answer:
    """The events of one answer, in batches as the network brings them.

    What could be read before a fault is returned before the fault is raised; what
    cannot be read is never returned.
    """

    __slots__ = (
        *("_body", "_connection", "_ended", "_events", "_fault", "_may_take"),
        *("_most", "_response", "_take", "_unread"),
    )

    def __init__(self, response: aiohttp.ClientResponse, model: str) -> None:
        """`model` is the one that was asked."""
        self._events = Events(model)
        self._response = response
        self._connection: Connection | None = None  # of which we hear what comes
        self._body = cast("Pieces", response.content)
        self._most = MOST_AT_ONCE
        self._unread = b""  # what came together with what was read last
        self._ended = False
        self._may_take: Callable[[], bool] | None = None
        self._take: Callable[[Batch], bool] | None = None
        self._fault: Exception | None = None  # of ours, as something was taken

    @property
    def is_done(self) -> bool:
        """Whether `[DONE]` came."""
        return self._events.is_done

    @property
    def repaired_names(self) -> list[str]:
        """The names of tools that were mended; grows with the answer."""
        return self._events.repair.calls.repaired_names

    def hand_on(
        self, may_take: Callable[[], bool], take: Callable[[Batch], bool]
    ) -> None:
        """From now on have `take` called with what comes while somebody waits in
        `read`, as long as `may_take` says so: an eighth of what an event costs is
        waking a task.

        `take` says whether they may wait on. If not, `read` returns an empty batch.
        """
        connection = self._response.connection
        if connection and isinstance(connection.protocol, Connection):
            self._may_take, self._take = may_take, take
            self._connection = connection.protocol
            self._connection.came = self._came

    async def read(self) -> Batch | None:
        """Return the next batch, which may be empty; None at the end of the answer.

        Raises Failure, and what `take` raised. Cancelling loses nothing: what has come
        is there next time.
        """
        if self._unread:
            await asyncio.sleep(0)  # the others take their turn
            data, self._unread = self._unread, b""
        elif self._events.failure:
            raise self._events.failure
        elif self._ended:
            return None
        else:
            try:
                data = await self._body.read(self._most)
                if self._ended or self._events.failure:
                    return Batch()  # found meanwhile: nothing counts that follows
                self._ended = not data and self._body.is_eof()
            except errors.BROKEN_CONNECTION as error:
                data = self._note_fault(error)
                self._ended = not data
        if self._fault:
            raise self._fault
        if len(data) > self._most:
            data, self._unread = data[: self._most], data[self._most :]
        if self._body.total_bytes > TAKEN:
            self._most = MOST_ONCE_TAKEN
        batch = self._events.add(data, is_end=self._ended)
        if self._events.is_over:
            self._note_end()
        return batch

    def _came(self) -> None:
        """Hand on what is there, if somebody waits for it; wake them if need be.

        Called by the connection: nothing may be raised there.
        """
        body = self._body
        try:
            may_take, take = self._may_take, self._take
            data = body.take_wanted(self._most if may_take and may_take() else 0)
            if data is None:
                return
            if take and data:
                events = self._events
                batch = events.add(data, is_end=False)
                goes_on = not batch.events or take(batch)
                if events.is_over:
                    self._note_end()
                elif goes_on and not events.failure:
                    return
        except Exception as error:
            self._fault = error
        body.wake()

    def _note_end(self) -> None:
        """Nothing counts that follows."""
        self._unread = b""
        self._ended = self._ended or self._events.is_done

    async def aclose(self) -> None:
        """Give the connection back to the pool if the answer was read to its end, else
        close it.
        """
        self._may_take = self._take = None
        self._hear_no_more()
        body = self._body
        try:
            if self._ended and not body.is_eof() and not self._events.failure:
                async with asyncio.timeout(END_SECONDS):
                    await body.readany()
        except errors.BROKEN_CONNECTION:
            pass  # it is closed below, which is all that is left to do
        finally:
            self._response.close()
            forget_frames(body.exception())  # which it has, and which lead here

    def _hear_no_more(self) -> None:
        """Let go of the connection, for it leads here; of the answer to the next
        question that it may have by now, others hear."""
        connection, self._connection = self._connection, None
        # Not `if connection`: it has a length, which is 0.
        if connection is not None and connection.came == self._came:
            connection.came = None

    def _note_fault(self, error: Exception) -> bytes:
        """Return what came before: aiohttp raises ahead of that, and it is there."""
        where = f"after {self._body.total_bytes} bytes of a stream"
        self._events.failure = errors.make_network_failure(error, where)
        return self._body._read_nowait(-1)
