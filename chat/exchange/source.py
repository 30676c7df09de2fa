"""Where the events of an answer come from: asked of Z.AI, and read with patience."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Final, Protocol, cast

from django.conf import settings

from chat.event import Batch, Event
from chat.exchange.deadline import Deadline
from chat.failures import Failure, UpstreamFailed, UpstreamTimeout
from chat.gate.waiter import Place
from chat.observation import Observation
from chat.tracebacks import forget_frames
from chat.upstream.answer import Answer
from chat.upstream.errors import make_unfinished_failure

# An answer is whole with its finish reason: `[DONE]` follows at once, or not at all.
SECONDS_AFTER_FINISH = 5.0
# Who waits in line is told of its place so often at most.
SECONDS_BETWEEN_PLACES = 1.0


Question = Coroutine[Any, Any, tuple[Answer, Batch] | tuple[bytes, Event]]


class Sign(Enum):
    """What a source gives where there are no events."""

    HEARTBEAT = "heartbeat"  # Z.AI is silent; the caller should hear of us
    END = "end"  # the answer is whole


HEARTBEAT: Final = Sign.HEARTBEAT
END: Final = Sign.END


class Line(Protocol):
    """Where a question may have to wait for its turn."""

    @property
    def place(self) -> Place | None: ...

    def over(self) -> None:
        """Z.AI says no more: it is the turn of another."""


class Source:
    """Use `read` until END, or `wait` and then `whole`; always `close`.

    Asks in a task of its own, so that waiting for the answer may be cut short. `seen`
    is told of all events, and tells when the answer is whole.
    """

    __slots__ = (
        *("_answer", "_asking", "_cut", "_deadline", "_hear", "_heartbeat"),
        *("_last_event", "_last_word", "_line", "_seen", "_silence", "_soonest"),
        *("_take", "_told"),
    )

    def __init__(
        self,
        question: Question,
        line: Line,
        seen: Observation,
        deadline: Deadline,
        silence: float,
    ) -> None:
        """`deadline` is of the task that reads; `silence` is in seconds."""
        # Until its result is taken: the answer's first events are in it.
        self._asking: asyncio.Task[Any] | None = asyncio.create_task(question)
        self._answer: Answer | None = None
        self._line = line
        self._told: Place | None = None
        self._cut: Failure | None = None
        self._seen = seen
        self._deadline = deadline
        self._last_event = 0.0
        self._last_word = 0.0  # when the caller heard of us last
        self._hear: Callable[[Batch], None] | None = None
        self._take: Callable[[Batch], None] | None = None
        self._heartbeat: float = settings.CHAT_HEARTBEAT_SECONDS
        self._silence = silence
        self._soonest = min(silence, self._heartbeat)

    @property
    def has_begun(self) -> bool:
        """Whether Z.AI's answer, or its failure, is there."""
        return self._asking is None or self._asking.done()

    async def wait(self, seconds: float | None) -> bool:
        """Wait for the answer, for `seconds` at most; whether it is there.

        Raises Failure.
        """
        asking = self._asking
        assert asking
        if self._cut is None and not asking.done():
            await asyncio.wait({asking}, timeout=seconds)
        if self._cut:
            raise self._cut
        if not asking.done():
            return False
        asking.result()
        return True

    async def wait_to_open(self, seconds: float | None) -> None:
        """Wait likewise; but whoever stands in line is to hear of it after a second.

        `seconds` None is for an answer that is not streamed: nothing is told before.
        """
        if seconds is None:
            await self.wait(None)
            return
        until = self._deadline.clock() + seconds
        felt = min(seconds, SECONDS_BETWEEN_PLACES)
        if not await self.wait(felt) and not self._line.place:
            await self.wait(max(0.0, until - self._deadline.clock()))

    def whole(self) -> tuple[bytes, Event]:
        """Return the answer that is there, as it came and decoded."""
        return cast("tuple[bytes, Event]", self._take_result())

    async def read(self) -> Batch | Sign | Place:
        """Return the next events, HEARTBEAT when one is due, or END. Raises Failure.

        Before the first events: where it stands in line, as often as that changes.
        """
        answer = self._answer
        if answer is None:
            return await self._first()
        # Once for every event: no settings, no running loop, one look at the clock.
        deadline = self._deadline
        self._last_word = deadline.clock()
        while self._cut is None:
            silent_at = self._silent_at
            heartbeat = self._last_word + self._heartbeat
            deadline.at(heartbeat if heartbeat < silent_at else silent_at)
            try:
                batch = await answer.read()
            except asyncio.CancelledError:
                if not deadline.settle():
                    raise
                return self._overdue(deadline.clock() >= self._silent_at)
            except UpstreamFailed as failure:
                return self._end(failure)
            finally:
                deadline.clear()
            if batch is None:
                self._seen.is_done = answer.is_done
                self._line.over()
                return self._end()
            if batch.events:
                self._last_event = deadline.clock()
                self._seen.saw(batch)
                if answer.is_done:
                    self._line.over()
                return batch
        raise self._cut

    def hand_on(
        self,
        may_take: Callable[[], bool],
        take: Callable[[Batch], None],
        hear: Callable[[Batch], None] | None = None,
    ) -> None:
        """From now on have `hear` and `take` called with events that come while
        somebody waits in `read`, as long as `may_take` says so; `read` goes on waiting.
        """
        if self._answer:
            self._hear, self._take = hear, take
            self._answer.hand_on(may_take, self._taken)

    def cut_short(self, failure: Failure) -> None:
        """Give up; who waits or reads gets `failure`, once the deadline lets go."""
        self._cut = failure
        if self._asking:
            self._asking.cancel()

    async def close(self) -> None:
        """Free the answer; give the question up if there is none yet."""
        self._hear = self._take = None
        if answer := self._answer or await self._came_late():
            await answer.aclose()

    async def _first(self) -> Batch | Sign | Place:
        until = self._deadline.clock() + self._heartbeat
        while not await self.wait(self._until_next_look(until)):
            place, is_due = self._line.place, self._deadline.clock() >= until
            if place and (is_due or place != self._told):
                self._told = place
                return place
            if is_due:
                return HEARTBEAT
        self._answer, batch = cast("tuple[Answer, Batch]", self._take_result())
        self._last_event = self._deadline.clock()
        self._seen.saw(batch)
        if self._answer.is_done:
            self._line.over()
        return batch

    def _until_next_look(self, until: float) -> float:
        left = max(0.0, until - self._deadline.clock())
        return left if self._line.place is None else min(left, SECONDS_BETWEEN_PLACES)

    def _taken(self, batch: Batch) -> bool:
        """Hand `batch` on; whether more is to be expected, in the time of any event."""
        self._last_event = self._last_word = self._deadline.clock()
        self._seen.saw(batch)
        if self._hear:
            self._hear(batch)
        assert self._take
        self._take(batch)
        if not batch.goes_on:
            return False
        self._deadline.at(self._last_event + self._soonest)
        return True

    @property
    def _silent_at(self) -> float:
        """When Z.AI will have said nothing for too long."""
        if self._seen.seems_over:
            return self._last_event + min(self._silence, SECONDS_AFTER_FINISH)
        return self._last_event + self._silence

    def _overdue(self, is_silent: bool) -> Sign:
        if self._cut:
            raise self._cut
        if not is_silent:
            return HEARTBEAT
        return self._end(
            UpstreamTimeout(
                "Z.AI fell silent.",
                diagnosis=f"Z.AI sent no event for {self._silence:g} s",
            )
        )

    def _end(self, otherwise: Failure | None = None) -> Sign:
        """Return END if the answer is whole as far as it came. Raises `otherwise`, or
        that it ended too early."""
        if self._cut or not self._seen.is_whole:
            early = make_unfinished_failure
            raise self._cut or otherwise or early(self._seen.finish_reason)
        return END

    def _take_result(self) -> Any:
        assert self._asking
        result, self._asking = self._asking.result(), None
        return result

    async def _came_late(self) -> Answer | None:
        if (asking := self._asking) is None:
            return None
        asking.cancel()
        await asyncio.wait({asking})
        try:
            # A task keeps the frames of a failure that it was not asked for by this
            # (of `exception()` too), and they lead to the task.
            came, _ = asking.result()
        except (asyncio.CancelledError, Exception) as error:  # its own: it is over
            forget_frames(error)
            return None
        return came if isinstance(came, Answer) else None
