"""One request to Z.AI and its answer: opened once, streamed, ended once."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings

from chat import story
from chat.caller import Caller
from chat.conversation import ChatRequest
from chat.deadline import Deadline
from chat.ending import Ending
from chat.event import Batch, is_whole
from chat.failures import AtCapacity, Failure, UpstreamFailed, UpstreamTimeout
from chat.observation import Observation
from chat.transcript import Transcript
from chat.upstream.answer import Answer
from chat.upstream.call import Call
from chat.upstream.errors import unfinished

# An answer is whole with its finish reason: `[DONE]` follows at once, or not at all.
SECONDS_AFTER_FINISH = 5.0

open_exchanges: set["Exchange"] = set()


class Exchange:
    """Use `open` and then `next_batch` until None, or `complete`; always `close`.

    Whoever cuts it short records that first, by `fail` or at the `caller`; `close`
    works out the ending from what was recorded.
    """

    def __init__(self, chat: ChatRequest, request_id: str, caller: Caller) -> None:
        """Take a place. Raises AtCapacity when all are taken."""
        if len(open_exchanges) >= settings.CHAT_MAX_OPEN_EXCHANGES:
            raise AtCapacity(
                "The chat service is answering as many requests as it can.",
                diagnosis="CHAT_MAX_OPEN_EXCHANGES is reached",
            )
        self.chat = chat
        self.request_id = request_id
        self.caller = caller
        self.seen = Observation()
        self.deadline = Deadline()
        self.failure: Failure | None = None
        self.ending: Ending | None = None
        self.delivered = False
        self.status: int | None = None  # what the caller was told first, if anything
        self.transcript: Transcript | None = None  # set by who keeps what is said
        self.on_close: Callable[[], None] | None = None
        self.loop = asyncio.get_running_loop()
        self._call = Call(chat, request_id)
        self._asking: asyncio.Task[Any] | None = None
        self._answer: Answer | None = None
        self._last_event = 0.0
        self._heartbeat: float = settings.CHAT_HEARTBEAT_SECONDS
        self._silence: float = settings.ZAI_SILENCE_TIMEOUT
        open_exchanges.add(self)
        story.began(self)

    @property
    def tries(self) -> int | None:
        return self._call.tries

    @property
    def has_begun(self) -> bool:
        """Whether Z.AI's answer, or its failure, is there."""
        return self._asking is not None and self._asking.done()

    async def open(self) -> None:
        """Wait for Z.AI's first event, but `CHAT_OPEN_AFTER_SECONDS` at most.

        Raises Failure if Z.AI failed by then; later failures come from `next_batch`.
        """
        self._asking = asyncio.create_task(self._call.stream())
        await self._answered(settings.CHAT_OPEN_AFTER_SECONDS)

    async def complete(self) -> bytes:
        """Return Z.AI's whole answer, as it came. Raises Failure."""
        self._asking = asyncio.create_task(self._call.complete())
        await self._answered(None)
        body, completion = self._asking.result()
        self.seen.saw_completion(completion)
        if self.transcript:
            self.transcript.add_completion(completion)
        return bytes(body)

    async def next_batch(self) -> Batch | None:
        """Return the next events, none when a heartbeat is due, None at the end.

        Raises Failure when the answer broke off.
        """
        if self._answer is None:
            return await self._first_batch()
        try:
            batch = await self._read(self._answer)
        except Failure as failure:
            if not (isinstance(failure, UpstreamFailed) and self._is_whole):
                raise self.fail(failure) from failure.__cause__
            batch = None
        if batch is None and not self._is_whole:
            raise self.fail(unfinished(self.seen.finish_reason))
        return batch

    def fail(self, failure: Failure) -> Failure:
        """Record why the answer is not whole; return the reason that came first."""
        if self.failure is None and not self.delivered:
            self.failure = failure
        return self.failure or failure

    def cut_short(self, failure: Failure) -> None:
        """End the exchange from outside; the one who reads gets `failure`."""
        self.fail(failure)
        if self._asking:
            self._asking.cancel()
        self.deadline.expire()

    async def close(self) -> None:
        """Free everything the exchange holds, however it ended. Safe to call twice."""
        if self not in open_exchanges:
            return
        open_exchanges.discard(self)
        self.seen.end()
        self.ending = self._decide()
        self.deadline.close()
        try:
            await self._free()
        finally:
            story.ended(self)
            if self.on_close:
                self.on_close()
            # Both lead back here: as cycles, they would keep the conversation in
            # memory until Python looks for those.
            self.on_close = None
            _forget_frames(self.failure)

    def _decide(self) -> Ending:
        if self.failure:
            return self.failure.ending
        if self.delivered:
            return Ending.COMPLETED
        if self.caller.shutdown:
            return Ending.INTERRUPTED
        caller = self.caller
        if caller.left or caller.has_hung_up() or self.deadline.expired:
            return Ending.CLIENT_DISCONNECTED
        return Ending.FAILED

    async def _free(self) -> None:
        if self._asking and not self._answer:
            self._asking.cancel()
            await asyncio.wait({self._asking})
            if not self._asking.cancelled() and not self._asking.exception():
                self._take_answer(self._asking)
        if self._answer:
            await self._answer.aclose()

    async def _answered(self, seconds: float | None) -> bool:
        assert self._asking
        await asyncio.wait({self._asking}, timeout=seconds)
        if self.failure:
            raise self.failure
        if not self._asking.done():
            return False
        error = self._asking.exception()
        if isinstance(error, Failure):
            raise self.fail(error) from error.__cause__
        if error:
            raise error
        return True

    async def _first_batch(self) -> Batch:
        if not await self._answered(settings.CHAT_HEARTBEAT_SECONDS):
            return Batch()
        assert self._asking
        first = self._take_answer(self._asking)
        self._see(first)
        return first

    def _take_answer(self, asking: asyncio.Task[Any]) -> Batch:
        result, first = asking.result()
        if isinstance(result, Answer):
            self._answer = result
        return first if isinstance(first, Batch) else Batch()

    async def _read(self, answer: Answer) -> Batch | None:
        # Once for every event: no settings, no running loop, one look at the clock.
        deadline = self.deadline
        heartbeat = deadline.clock() + self._heartbeat
        silence = self._last_event + self._patience()
        while True:
            deadline.at(heartbeat if heartbeat < silence else silence)
            try:
                batch = await answer.read()
            except asyncio.CancelledError:
                if not deadline.settle():
                    raise
                return self._overdue(deadline.clock() >= silence)
            finally:
                deadline.clear()
            if batch is None:
                return None
            if batch.events:
                self._see(batch)
                return batch

    def _overdue(self, silent: bool) -> Batch | None:
        if self.failure:
            raise self.failure
        if not silent:
            return Batch()
        if self._is_whole:
            return None
        raise UpstreamTimeout(
            "Z.AI fell silent.",
            diagnosis=f"Z.AI sent no event for {self._silence:g} s",
        )

    def _patience(self) -> float:
        if self.seen.finish_reason is None:
            return self._silence
        return min(self._silence, SECONDS_AFTER_FINISH)

    def _see(self, batch: Batch) -> None:
        self._last_event = self.deadline.clock()
        self.seen.saw(batch)
        if self.transcript:
            self.transcript.add(batch)
        story.deltas(self, batch)

    @property
    def _is_whole(self) -> bool:
        return is_whole(self.seen.finish_reason)


def _forget_frames(error: BaseException | None) -> None:
    while error:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
