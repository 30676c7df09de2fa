"""One question to Z.AI: asked when it may be, and again while that may help."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from django.conf import settings

from chat.conversation import ChatRequest
from chat.event import Batch, Event
from chat.failures import Failure, UpstreamTimeout
from chat.gate.gate import Gate, gate
from chat.gate.lane import Lane
from chat.gate.retries import keep_asking
from chat.gate.slot import Slot
from chat.gate.targets import Target, fit_to, is_for_another, targets_of
from chat.gate.verdict import Verdict, judge
from chat.gate.waiter import Place, Waiter, Who
from chat.glm.patience import first_event_limit, whole_limit
from chat.upstream.answer import Answer
from chat.upstream.attempts import Attempts
from chat.upstream.call import Call

T = TypeVar("T")
Limit = Callable[[str], float]  # in seconds, for a model
Ask = Callable[[Call], Awaitable[T]]


class Asking:
    """Use one of `stream` and `complete`, once; and `over` once nothing more comes.

    `model` is the one that was asked last, and `call` has how often Z.AI was asked.
    """

    def __init__(
        self, chat_request: ChatRequest, request_id: str, who: Who, attempts: Attempts
    ) -> None:
        """`attempts` notes when Z.AI is asked, and the waits before."""
        self.attempts = attempts
        self.call = Call(chat_request, request_id)
        self._asked = chat_request
        self._who = who
        self._slot: Slot | None = None  # of the answer that came
        self._lane: Lane | None = None
        self._waiter: Waiter | None = None
        self._waited_here = 0.0  # in the line of this lane
        self._turned_away: Failure | None = None  # by the gate
        self._due = 0.0  # when it may come again, by the loop's clock

    @property
    def model(self) -> str:
        return self.call.chat_request.model

    @property
    def place(self) -> Place | None:
        """Where it stands in line; None if it does not."""
        if self._waiter and self._waiter.is_waiting and self._lane:
            return self._lane.place_of(self._waiter)
        return None

    @property
    def last_place(self) -> Place | None:
        """The same as it was counted last; for any thread."""
        waiter = self._waiter
        return waiter.place if waiter and waiter.is_waiting else None

    @property
    def has_waited(self) -> bool:
        """Whether it had to stand in line; for any thread."""
        return self._waiter is not None and self._waiter.has_waited

    async def stream(self) -> tuple[Answer, Batch]:
        """Return the answer, open, and its first events. Raises Failure."""
        return await self._ask(first_event_limit, Call.try_to_stream)

    async def complete(self) -> tuple[bytes, Event]:
        """Return the whole answer, as it came and decoded. Raises Failure."""
        return await self._ask(whole_limit, Call.try_to_complete)

    def over(self, *, is_whole: bool = True) -> None:
        """Free the slot: Z.AI says no more, or it was left in the midst of it."""
        if slot := self._slot:
            self._slot = None
            slot.release(is_whole=is_whole)

    async def _ask(self, limit: Limit, ask: Ask[T]) -> T:
        """Ask one target after the other, as long as the next may answer instead."""
        house, targets = gate(), targets_of(self._asked, self._who.models)
        if len(targets) > 1:
            targets = house.sort(targets, self._asked)
        *others, last = targets
        for target in others:
            try:
                return await self._ask_target(house, target, limit, ask)
            except Failure as failure:
                if not is_for_another(failure):
                    raise
        return await self._ask_target(house, last, limit, ask)

    async def _ask_target(
        self, house: Gate, target: Target, limit: Limit, ask: Ask[T]
    ) -> T:
        """Ask for as long as `limit` says, in which the wait for a slot does not count.

        Raises Failure.
        """
        lane = self._begin(house, target)
        lane.askers += 1
        seconds = limit(target.model)
        try:
            async with asyncio.timeout(None) as timeout:
                asked = partial(self._try_once, ask, Patience(timeout, seconds))
                result = await keep_asking(
                    asked, house.retries, lambda: self._waited_here, self._may_help
                )
        except TimeoutError as error:
            raise UpstreamTimeout(
                "Z.AI did not answer in time.",
                diagnosis=f"Z.AI did not answer within {seconds:g} s",
            ) from error
        finally:
            lane.askers -= 1
            self.call.forget()
        house.answered(self._asked, target)
        return result

    def _begin(self, house: Gate, target: Target) -> Lane:
        has_waited = self.has_waited
        self._lane = lane = house.lane(target)
        self._waiter = lane.make_waiter(self._who)
        self._waiter.has_waited = has_waited
        self._waited_here = self._due = 0.0
        self._turned_away = None  # its frames lead here
        self.call.turn_to(fit_to(self._asked, target.model), target.key)
        return lane

    def is_by_the_gate(self, failure: Failure) -> bool:
        """Whether Z.AI was not asked, for there was no turn."""
        return failure is self._turned_away

    def _may_help(self, failure: Failure) -> bool:
        return failure.transient and failure is not self._turned_away

    async def _try_once(self, ask: Ask[T], patience: "Patience") -> T:
        """Ask as soon as there is a slot, and again if there are too many of us."""
        assert self._lane
        while True:
            slot = await self._take_slot(self._lane)
            try:
                with patience:
                    result = await self.attempts.follow(ask, self.call)
            except Failure as failure:
                slot.failed(failure)
                if judge(failure) is not Verdict.TOO_MANY:
                    raise
                self._due = self._lane.due_again(failure)
            except BaseException:
                slot.release(is_whole=False)
                raise
            else:
                slot.begun()
                self._slot = slot
                return result

    async def _take_slot(self, lane: Lane) -> Slot:
        assert self._waiter
        since = time.monotonic()
        try:
            left = settings.CHAT_QUEUE_SECONDS - self._waited_here
            return await lane.take(self._waiter, left, self._due)
        except Failure as failure:
            self._turned_away = failure
            raise
        finally:
            waited = time.monotonic() - since
            self.attempts.queued(waited)
            self._waited_here += waited


class Patience:
    """Lets what is done in its context last so long, all times taken together."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._limit = limit
        self._left = seconds
        self._since = 0.0
        self._clock = asyncio.get_running_loop().time

    def __enter__(self) -> None:
        self._since = self._clock()
        self._limit.reschedule(self._since + self._left)

    def __exit__(self, *_: object) -> None:
        self._left -= self._clock() - self._since
        if not self._limit.expired():
            self._limit.reschedule(None)
