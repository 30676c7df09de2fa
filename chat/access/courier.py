"""Brings to Redis what has changed and what is asked, one message after the other."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from chat.access import scripts
from chat.access.claim import Claim, Held, What
from chat.access.local import LocalLedger
from chat.access.message import Answer, Message, Unknown, key_of, write_message
from chat.redis import library as redis
from chat.redis.connections import (
    SECONDS_OF_GRACE,
    SECONDS_TO_ANSWER,
    Connections,
)
from chat.redis.lease import Lease

logger = logging.getLogger(__name__)

MOST_REQUESTS = 100  # of a message
MOST_TOTALS = 20_000

Outcome = Held | Unknown | None


class Asked(NamedTuple):
    hold_id: str
    claims: Sequence[Claim]
    outcome: "asyncio.Future[Outcome]"


class Mailbox:
    """Of one event loop: what waits there to be asked, and who brings it."""

    def __init__(self) -> None:
        self.waiting: deque[Asked] = deque()
        self.errand: asyncio.Task[None] | None = None

    def take(self) -> list[Asked]:
        """What goes with the next message: not of those who have left."""
        number = min(MOST_REQUESTS, len(self.waiting))
        asked = [self.waiting.popleft() for _ in range(number)]
        return [one for one in asked if not one.outcome.done()]


class Courier:
    """While a message is on its way the next one gathers: however many ask at once,
    they are a few messages."""

    def __init__(
        self, local: LocalLedger, lease: Lease, connections: Connections
    ) -> None:
        self._local = local
        self._lock = local.lock
        self._lease = lease  # with the lock only, but for a first look
        self._connections = connections
        self._mailboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Mailbox] = (
            WeakKeyDictionary()
        )
        local.totals = {}

    async def ask(self, hold_id: str, claims: Sequence[Claim]) -> Outcome:
        """Have `claims` taken; None if Redis does not count.

        Raises ValueError if something is held for `hold_id` already.
        """
        if not self._lease.counts:
            return None
        if hold_id in self._local.holds:
            raise ValueError("Something is held for this request already.")
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._mailbox().waiting.append(Asked(hold_id, claims, outcome))
        self._set_out()
        try:
            return await outcome
        except asyncio.CancelledError:
            if not outcome.cancelled():  # it was told, and nobody heard it any more
                self._local.release(hold_id)
                self.send_soon()
            raise

    def send_soon(self) -> None:
        """On an event loop; from a thread that has none the next to ask sends it."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._lease.counts:
            self._set_out()

    def tell(
        self, claims: Sequence[Claim] = (), names: Sequence[str] = ()
    ) -> tuple[Answer, int] | None:
        """On a thread: look at `claims`, have `names` kept, and return how many were
        there; None if Redis does not count."""
        with self._lock:
            message = self._write([claims], names=names)
        if message is None:
            return None
        try:
            answer = self._connections.run_here(
                scripts.TELL, [key_of(message.lease)], message.content
            )
        except (redis.RedisError, OSError) as error:
            self._lose(message, self._connections.reason(error))
            return None
        if answer[0] == scripts.LOST:
            self._lose(message, None)
            return None
        return Answer(claims, answer[1][0]), answer[2]

    def _mailbox(self) -> Mailbox:
        return self._mailboxes.setdefault(asyncio.get_running_loop(), Mailbox())

    def _set_out(self) -> None:
        mailbox = self._mailbox()
        if mailbox.errand is None or mailbox.errand.done():
            loop = asyncio.get_running_loop()
            mailbox.errand = loop.create_task(self._go(mailbox))

    async def _go(self, mailbox: Mailbox) -> None:
        """Send until nothing waits any more, or Redis does not count."""
        asked: list[Asked] = []
        try:
            while mailbox.waiting or self._local.holds.changes:
                asked = mailbox.take()
                if not await self._deliver(asked):
                    return
        finally:
            for one in (*asked, *mailbox.waiting):
                _tell(one.outcome, None)  # unless it was told more
            mailbox.waiting.clear()

    async def _deliver(self, asked: Sequence[Asked]) -> bool:
        """Whether Redis counts still."""
        with self._lock:
            message = self._write([one.claims for one in asked], takes=True)
        if message is None or (answers := await self._send(message)) is None:
            return False
        with self._lock:
            if self._lease.name != message.lease:
                return False  # what was taken is void with the lease
            for one, words in zip(asked, answers, strict=True):
                self._settle(one, Answer(one.claims, words))
        return True

    def _settle(self, asked: Asked, answer: Answer) -> None:
        hold_id, claims, outcome = asked
        self._local.sums.hear(answer.spent)
        is_gone, holds = outcome.done(), self._local.holds
        if answer.is_taken and (is_gone or hold_id in holds):
            holds.undo(claims)
            if not is_gone:
                outcome.set_exception(ValueError("It is held already."))
            return
        if answer.is_taken:
            holds.take(hold_id, claims, told=False)
            for claim in claims:
                if claim.what is What.RATE:
                    self._local.rates.count(claim.name, claim.limit)
        _tell(outcome, answer.outcome())

    def _write(
        self,
        requests: Sequence[Sequence[Claim]],
        *,
        takes: bool = False,
        names: Sequence[str] = (),
    ) -> Message | None:
        """Take what has changed into a message; None if Redis does not count."""
        if self._lease.name is None or not self._lease.counts:
            return None
        holds, local = self._local.holds, self._local
        changes, holds.changes = holds.changes or {}, {}
        totals, local.totals = local.totals or {}, {}
        return write_message(
            self._lease.name, changes, totals, requests, takes=takes, names=names
        )

    async def _send(self, message: Message) -> list[Any] | None:
        """Return the answers; None if Redis does not count any more."""
        keys = [key_of(message.lease)]
        sending = asyncio.ensure_future(
            self._connections.run(scripts.TELL, keys, message.content)
        )
        reason: str | None = None
        try:
            for seconds in (SECONDS_TO_ANSWER - SECONDS_OF_GRACE, SECONDS_OF_GRACE):
                await asyncio.wait([sending], timeout=seconds)
            if sending.done():
                answer = sending.result()
                if answer[0] != scripts.LOST:
                    answers: list[Any] = answer[1]
                    return answers
            else:
                reason = "no answer in time"
        except (redis.RedisError, OSError) as error:
            reason = self._connections.reason(error)
        except Exception as error:
            logger.exception("A fault of ours in what Redis is asked")
            reason = type(error).__name__
        finally:
            if not sending.done():
                sending.cancel()
            # else it was returned, or raised: nothing is left to be looked at
            if not _succeeded(sending):
                self._lose(message, reason)
        return None

    def _lose(self, message: Message, reason: str | None) -> None:
        """Redis may not have got `message`; `reason` is None if it may be asked again
        at once: it was flushed, or we were taken for dead."""
        with self._lock:
            totals = self._local.totals = self._local.totals or {}
            if len(totals) < MOST_TOTALS:
                for name, total in message.totals.items():
                    totals[name] = max(total, totals.get(name, 0))
            if self._lease.name == message.lease:
                self._lease.give_up(reason)
                self._local.holds.changes = None


def _succeeded(sending: "asyncio.Task[Any]") -> bool:
    return (
        sending.done()
        and not sending.cancelled()
        and sending.exception() is None
        and sending.result()[0] != scripts.LOST
    )


def _tell(outcome: "asyncio.Future[Outcome]", what: Outcome) -> None:
    if not outcome.done():
        outcome.set_result(what)
