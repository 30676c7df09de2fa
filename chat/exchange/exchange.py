"""One request to Z.AI and its answer: opened once, streamed, ended once."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from django.conf import settings

from chat.conversation import ChatRequest
from chat.ending import Ending
from chat.event import Batch, Event
from chat.exchange import descriptors, log_line
from chat.exchange.caller import Caller
from chat.exchange.charge import Stake, charge_of
from chat.exchange.deadline import Deadline
from chat.exchange.outcome import Outcome, outcome_of
from chat.exchange.register import open_exchanges
from chat.exchange.source import Question, Sign, Source
from chat.exchange.turns import Turns
from chat.failures import AtCapacity, Failure
from chat.gate.asking import Asking
from chat.gate.waiter import Place
from chat.glm.patience import silence_limit
from chat.observation import Observation
from chat.tracebacks import forget_frames
from chat.upstream.attempts import Attempts

# Of those that are about to ask Z.AI
asking = Turns()


class Listener(Protocol):
    """Hears all of an answer, as it comes or in one piece."""

    def add(self, batch: Batch) -> None: ...

    def add_completion(self, completion: Event) -> None: ...


class Log(Protocol):
    """Remembers how an exchange ends."""

    async def foretell(self, outcome: Outcome) -> None:
        """What the caller gets now is the last of it, and makes it end so."""

    def close(self, outcome: Outcome) -> None:
        """It has ended so, whatever was foretold."""


class Exchange:
    """Use `open` and then `read` until END, or `complete`; always `close`.

    Whoever cuts it short records that first, by `fail` or at the `caller`; `close`
    works out the ending from what was recorded. Whoever sends the last of an answer
    calls `about_to_end` before.
    """

    def __init__(
        self,
        chat: ChatRequest,
        request_id: str,
        caller: Caller,
        stake: Stake | None = None,
    ) -> None:
        """Take a place. Raises AtCapacity when there is none for this caller.

        `stake` is what was set aside for it, of which it will say what it cost.
        """
        self.chat = chat
        self.stake = stake
        self.request_id = request_id
        self.caller = caller
        self.seen = Observation()
        self.deadline = Deadline()
        self.failure: Failure | None = None
        self.outcome: Outcome | None = None  # once it is closed
        self.loop = asyncio.get_running_loop()
        self._status: int | None = None
        self._is_delivered = False
        self._listener: Listener | None = None
        self._log: Log | None = None
        self._foretold: Outcome | None = None
        self._when_foretold: Callable[[Outcome], None] | None = None
        self._when_closed: list[Callable[[Outcome], None]] = []
        self._asking = Asking(chat, request_id, caller.who, Attempts(self.seen))
        self._source: Source | None = None
        open_exchanges.take(self)
        self._tells_deltas = log_line.tells_deltas()
        log_line.began(chat, request_id)

    @property
    def has_begun(self) -> bool:
        """Whether Z.AI's answer, or its failure, is there."""
        return self._source is not None and self._source.has_begun

    @property
    def place(self) -> int | None:
        """Where it stood in line lately, from 1; for any thread."""
        place = self._asking.last_place
        return place.position if place else None

    @property
    def has_waited(self) -> bool:
        """Whether it stands in line, or stood there; for any thread."""
        return self._asking.has_waited

    @property
    def fallback(self) -> str | None:
        """The model that is asked in the place of the one that was to be; None if that
        one is."""
        model = self._asking.model
        return None if model == self.chat.model else model

    def report_to(self, log: Log, listener: Listener | None) -> None:
        """Have `listener` hear the answer, and `log` how it ends."""
        self._log = log
        self._listener = listener

    @property
    def listener(self) -> Listener | None:
        """Who heard the answer."""
        return self._listener

    def when_closed(self, callback: Callable[[Outcome], None]) -> None:
        """Have `callback` called once it has ended, whatever else fails then."""
        self._when_closed.append(callback)

    def when_foretold(self, callback: Callable[[Outcome], None]) -> None:
        """Have `callback` called once it is written down how it ends, if what is sent
        next arrives."""
        self._when_foretold = callback

    def told(self, status: int) -> None:
        """Record the HTTP status that the caller gets."""
        self._status = status

    def delivered(self, is_delivered: bool = True) -> None:
        """Record whether all that was to be sent has gone out; nothing fails then."""
        self._is_delivered = is_delivered

    async def open(self) -> None:
        """Wait for Z.AI's first event, but `CHAT_OPEN_AFTER_SECONDS` at most; in line
        for a second at most, for then the caller wants to know where it stands.

        Raises Failure if Z.AI failed by then; later failures come from `read`.
        """
        await self._ask(self._asking.stream(), settings.CHAT_OPEN_AFTER_SECONDS)

    async def complete(self) -> bytes:
        """Return Z.AI's whole answer, as it came. Raises Failure."""
        source = await self._ask(self._asking.complete(), None)
        body, completion = source.whole()
        self._asking.over()
        self.seen.saw_completion(completion)
        log_line.whole(completion)
        if self._listener:
            self._listener.add_completion(completion)
        return bytes(body)

    async def read(self) -> Batch | Sign | Place:
        """Return the next events, HEARTBEAT when one is due, or END; and before the
        first events where it stands in line, if it does.

        Raises Failure when the answer broke off.
        """
        assert self._source
        try:
            came = await self._source.read()
        except Failure as failure:
            raise self.fail(failure) from failure.__cause__
        if isinstance(came, Batch):
            if self._listener:
                self._listener.add(came)
            if self._tells_deltas:
                log_line.deltas(came, self.seen)
        return came

    def hand_on(
        self, may_take: Callable[[], bool], take: Callable[[Batch], None]
    ) -> None:
        """From now on have `take` called with events that come while somebody waits in
        `read`, as long as `may_take` says so; `read` goes on waiting."""
        assert self._source
        if self._tells_deltas:
            return  # only in the task that reads do the lines of the log have an id

        hear = self._listener.add if self._listener else None
        self._source.hand_on(may_take, take, hear)

    def fail(self, failure: Failure) -> Failure:
        """Record why the answer is not whole; return the reason that came first."""
        if self.failure is None and not self._is_delivered:
            self.failure = failure
            log_line.failed(failure)
        return self.failure or failure

    def cut_short(self, failure: Failure) -> None:
        """End the exchange from outside; the one who reads gets `failure`."""
        self.fail(failure)
        if self._source:
            self._source.cut_short(self.failure or failure)
        self.deadline.expire()

    async def about_to_end(self) -> None:
        """Have the log remember how this ends, if what is sent next arrives.

        For the time between that and `close` the process may be killed.
        """
        if self._log and self._foretold is None:
            self.seen.end()
            self._foretold = self._outcome(self._decide(is_delivered=True))
            await self._log.foretell(self._foretold)
            if self._when_foretold:
                self._when_foretold(self._foretold)

    async def close(self) -> None:
        """Free everything the exchange holds, however it ended. Safe to call twice."""
        if not open_exchanges.give_back(self):
            return
        self.outcome = outcome = self._last_outcome()
        self.deadline.close()
        try:
            if self._source:
                await self._source.close()
        finally:
            self._asking.over(is_whole=False)
            log_line.ended(outcome, self.chat)
            if self._log:
                self._log.close(outcome)
            told, self._when_closed = self._when_closed, []
            # What they hold of the conversation, and that they may hold this.
            self._log = self._when_foretold = None
            for callback in told:
                callback(outcome)
            forget_frames(self.failure)

    def _last_outcome(self) -> Outcome:
        """What was foretold, if it came about: the times are those of then."""
        ending = self._decide(self._is_delivered)
        if foretold := self._foretold:
            is_the_same = self._is_delivered and foretold.ending is ending
            if is_the_same or self._outcome(ending) == foretold:
                return foretold
        self.seen.end()
        return self._outcome(ending)

    def _outcome(self, ending: Ending) -> Outcome:
        call = self._asking.call
        return outcome_of(
            ending,
            self.failure,
            self.seen,
            status=self._status,
            tries=call.tries,
            attempts=self._asking.attempts,
            ready_at=self.caller.ready_at,
            repaired_names=call.repaired_names,
            charge=charge_of(ending, self.seen, self.chat, self.stake, call.tries)
            if self.stake
            else None,
        )

    def _decide(self, is_delivered: bool) -> Ending:
        if self.failure:
            return self.failure.ending
        if is_delivered:
            audience = self.caller.audience
            is_alone = audience is not None and audience.is_alone
            return Ending.FINISHED_ALONE if is_alone else Ending.COMPLETED
        if self.caller.shutdown:
            return Ending.INTERRUPTED
        caller = self.caller
        if caller.left or caller.has_hung_up() or self.deadline.expired:
            return Ending.CLIENT_DISCONNECTED
        return Ending.FAILED

    async def _ask(self, question: Question, seconds: float | None) -> Source:
        """Wait for the answer for `seconds` at most. Raises Failure."""
        await asking.take()
        silence = silence_limit(self.chat.model)
        source = self._source = Source(
            question, self._asking, self.seen, self.deadline, silence
        )
        if self.failure:
            source.cut_short(self.failure)
        try:
            await source.wait_to_open(seconds)
        except Failure as failure:
            by_the_gate = self._asking.is_by_the_gate(failure)
            if isinstance(failure, AtCapacity) and not by_the_gate:
                descriptors.warn()  # there was none left to ask Z.AI by
            raise self.fail(failure) from failure.__cause__
        return source
