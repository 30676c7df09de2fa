"""Z.AI's streamed answer, read as it comes."""

import asyncio
import re
from collections.abc import Callable
from typing import cast

import aiohttp

from chat.event import Batch, Event
from chat.failures import Failure, UpstreamFailed
from chat.upstream import errors
from chat.upstream.connection import Connection
from chat.upstream.limits import (
    LONG_EVENT,
    LONGEST_EVENT,
    MOST_AT_ONCE,
    MOST_ONCE_TAKEN,
    TAKEN,
    has_too_many_values,
    make_unreadable,
)
from chat.upstream.opening import Opening
from chat.upstream.pieces import Pieces
from chat.upstream.repair import UNDECODABLE, Repair
from chat.upstream.sse import Decoder

DONE = b"[DONE]"
FRAME = b"data: "
ID = re.compile(rb'"id" ?: ?"([^"]+)"')
# A new attempt of Z.AI's is looked for only so far, and so often.
LONGEST_CUT_OFF = 64 * 1024
MOST_ATTEMPTS = 8
# How long to wait for the end of a body whose last event has come, so that the
# connection can serve the next request.
END_SECONDS = 0.05


class Answer:
    """The events of one answer, in batches as the network brings them.

    What could be read before a fault is returned before the fault is raised; what
    cannot be read is never returned.
    """

    def __init__(self, response: aiohttp.ClientResponse, model: str) -> None:
        """`model` is the one that was asked."""
        self.repair = Repair(model)
        self.is_done = False  # `[DONE]` came
        self._response = response
        self._body = cast("Pieces", response.content)
        self._before: Event | None = None
        self._decoder = Decoder()
        self._opening: Opening | None = Opening()
        self._most = MOST_AT_ONCE
        self._passed = 0  # bytes
        self._unread = b""  # what came together with what was read last
        self._failure: Failure | None = None
        self._ended = False
        self._began = False  # an event was returned
        self._spoke = False  # an event with something to see was returned
        self._broken = False  # an unreadable frame came before that
        self._id: str | None = None
        self._may_take: Callable[[], bool] | None = None
        self._take: Callable[[Batch], bool] | None = None
        self._fault: Exception | None = None  # of ours, as something was taken

    def hand_on(
        self, may_take: Callable[[], bool], take: Callable[[Batch], bool]
    ) -> None:
        """From now on have `take` called with what comes while somebody waits in
        `read`, as long as `may_take` says so: to wake them costs as much as much of
        what is done with an event.

        `take` says whether they may wait on. If not, `read` returns an empty batch.
        """
        connection = self._response.connection
        if connection and isinstance(connection.protocol, Connection):
            self._may_take, self._take = may_take, take
            connection.protocol.came = self._came

    async def read(self) -> Batch | None:
        """Return the next batch, which may be empty; None at the end of the answer.

        Raises Failure, and what `take` raised. Cancelling loses nothing: what has come
        is there next time.
        """
        if self._unread:
            await asyncio.sleep(0)  # the others take their turn
            data, self._unread = self._unread, b""
        elif self._failure:
            raise self._failure
        elif self._ended:
            return None
        else:
            try:
                data = await self._body.read(self._most)
                self._ended = not data and self._body.is_eof()
            except errors.BROKEN_CONNECTION as error:
                data = self._note_fault(error)
                self._ended = not data
        if self._fault:
            raise self._fault
        return self._make_batch_of(data)

    def _came(self) -> None:
        """Hand on what is there, if somebody waits for it; wake them if need be.

        Called by the connection: nothing may be raised there.
        """
        body = self._body
        if not body.is_wanted:
            return
        try:
            may_take, take = self._may_take, self._take
            data = b""
            if may_take and take and may_take():
                data = body.take_little(self._most)
            if take and data:
                batch = self._make_batch_of(data)
                goes_on = not batch.events or take(batch)
                if goes_on and not self._ended and not self._failure:
                    return
        except Exception as error:
            self._fault = error
        body.wake()

    def _make_batch_of(self, data: bytes) -> Batch:
        """Return the events that are whole with `data`, which is all if it ended."""
        if len(data) > self._most:
            data, self._unread = data[: self._most], data[self._most :]
        self._passed += len(data)
        if self._passed > TAKEN:
            self._most = MOST_ONCE_TAKEN
        if self._opening:
            data = self._recognise(self._opening, data)
        size = self._decoder.pending + len(data)
        payloads = self._decoder.feed(data)
        if self._ended:
            payloads += self._decoder.finish()
        if size > LONG_EVENT:
            self._check(payloads)
        batch = self._make_batch(payloads)
        if self._ended:
            self._end_halves(batch)
        return batch

    async def aclose(self) -> None:
        """Give the connection back to the pool if the answer was read to its end, else
        close it.
        """
        self._may_take = self._take = None
        body = self._body
        try:
            if self._ended and not body.is_eof() and not self._failure:
                async with asyncio.timeout(END_SECONDS):
                    await body.readany()
        except errors.BROKEN_CONNECTION:
            pass  # it is closed below, which is all that is left to do
        finally:
            self._response.close()

    def _note_fault(self, error: Exception) -> bytes:
        """Return what came before: aiohttp raises ahead of that, and it is there."""
        where = f"after {self._body.total_bytes} bytes of a stream"
        self._failure = errors.make_network_failure(error, where)
        return self._body._read_nowait(-1)

    def _recognise(self, opening: "Opening", data: bytes) -> bytes:
        held = opening.feed(data)
        if self._ended and opening.is_other:
            self._failure = errors.make_body_failure(held)
        elif opening.is_events:
            self._opening = None
            return held
        return b""

    def _check(self, payloads: list[bytes]) -> None:
        """Note a failure at what is too much; take that out, with all that follows."""
        if self._decoder.pending > LONGEST_EVENT:
            self._failure = make_unreadable("an event without end")
        for index, payload in enumerate(payloads):
            if len(payload) > LONG_EVENT and has_too_many_values(payload):
                self._failure = make_unreadable("an event with too many values")
                del payloads[index:]

    def _make_batch(self, payloads: list[bytes]) -> Batch:
        # Once for every event: what can stay out of this loop does.
        batch = Batch()
        add_payload, add_event = batch.payloads.append, batch.events.append
        decode, before = self.repair.decode, self._before
        for payload in payloads:
            if payload == DONE:
                self._ended, self.is_done, self._failure = True, True, None
                break
            try:
                payload.isascii() or payload.decode()
                event = decode(payload)
            except UNDECODABLE:
                found = self._look_closer(payload, before)
                if self._failure:
                    break
                if found is None:
                    continue
                payload, event = found
                decode = self.repair.decode
            if (event.id != self._id or self._broken) and not self._accept(event):
                break
            if not self._spoke:
                self._began = True
                self._spoke = event.says_something
            # An event may span lines; ours are one line each.
            add_payload(payload.replace(b"\n", b" ") if b"\n" in payload else payload)
            add_event(event)
            before = event
        else:
            self._before = before
            return batch
        self._unread = b""  # nothing that follows counts
        return batch

    def _end_halves(self, batch: Batch) -> None:
        before = batch.events[-1] if batch else self._before
        if self._spoke and (last := self.repair.end(before)):
            batch.payloads.append(last[0])
            batch.events.append(last[1])

    def _look_closer(
        self, payload: bytes, before: Event | None
    ) -> tuple[bytes, Event] | None:
        """Return the event in another than the usual shape; None if it says nothing."""
        try:
            found = self.repair.mend(payload, before)
        except UNDECODABLE:
            found = self._find_second_attempt(payload)
        if found and found[1].error is not None:
            error = found[1].error
            self._failure = errors.make_stream_failure(error, begun=self._began)
        return found

    def _find_second_attempt(self, payload: bytes) -> tuple[bytes, Event] | None:
        """Return the frame of a new attempt of Z.AI's, glued to one that was cut off.

        Seen on GLM 4.7 and 5.1 (zai-org/GLM-5#66): the first frame ends anywhere, and
        `data: {…}` of another id follows at once. Returns None without such a frame;
        it may still be the next one, as long as no word was returned.
        """
        if self._spoke:
            self._failure = make_unreadable(errors.describe_body(payload))
            return None
        self._broken = True
        payload = payload[:LONGEST_CUT_OFF]
        if self._id is None and (cut_off := ID.search(payload)):
            self._id = cut_off[1].decode(errors="replace")
        at = payload.find(FRAME)
        for _ in range(MOST_ATTEMPTS):
            if at < 0:
                break
            tail = payload[at + len(FRAME) :]
            try:
                return self.repair.mend(tail, None)
            except UNDECODABLE:
                at = payload.find(FRAME, at + 1)
        return None

    def _accept(self, event: Event) -> bool:
        """Whether `event` may follow what came before.

        After an unreadable frame only another attempt may, and another attempt only
        before the first word.
        """
        is_new = None not in (event.id, self._id) and event.id != self._id
        if self._broken and not is_new:
            self._failure = make_unreadable("a frame in the midst of an answer")
        elif is_new and self._spoke:
            self._failure = UpstreamFailed(
                "Z.AI's answer broke off and began anew.",
                diagnosis="Z.AI began another answer in the midst of one",
            )
        self._id = event.id or self._id
        self._broken = False
        return self._failure is None
