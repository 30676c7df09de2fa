"""The ledger of all processes, in Redis; while that is away each counts for itself.

A single Redis, or one with replicas behind one address. All keys have one hash tag, but
this does not speak the protocol of a cluster.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import redis
from msgspec import msgpack

from chat.access import scripts
from chat.access.claim import SECONDS_OF_A_RATE, Claim, Held, Quota, Use, What
from chat.access.holds import Amounts
from chat.access.local import LocalLedger
from chat.access.redis import Connections
from chat.access.shortage import Figures, find_short
from chat.requestlog.sums import Sum

logger = logging.getLogger(__name__)

# Of a hold whose sums Redis does not have yet, or which has lost them meanwhile.
TRIES = 3
SECONDS_BETWEEN_KEEPING = scripts.SECONDS_TO_KEEP / 5
SECONDS_BETWEEN_WORDS = 60.0
MOST_TOTALS = 20_000
MOST_DOUBTFUL = 20

LOST, UNKNOWN, TAKEN, SHORT = -1, -2, 0, 1


class Message(NamedTuple):
    """What Redis is sent, for which lease; and `totals` once more, for if it fails."""

    lease: str
    totals: dict[str, int]
    content: bytes


class Unknown(NamedTuple):
    """Redis does not have these sums."""

    sums: list[Sum]


class SharedLedger:
    """What this process holds is in `local` too, which counts while Redis is away.

    There is a lease while Redis counts. Whatever goes wrong with a command, the lease
    is given up, and the next `refresh` takes another and puts there what is held.
    """

    def __init__(
        self, process: str, local: LocalLedger, connections: Connections
    ) -> None:
        self._process = process
        self._local = local
        self._lock = local.lock
        self._connections = connections
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sender: asyncio.Task[None] | None = None

        # Below: with the lock only.
        local.totals = {}
        self._lease: str | None = None
        self._counts = False  # Redis does, under the lease
        self._doubtful: list[str] = []  # leases that may live still
        self._next_keeping = 0.0
        self._is_closed = False
        self._reason: str | None = None  # why Redis is away
        self._away_since: datetime | None = None
        self._next_word = 0.0

    async def hold(self, hold_id: str, claims: Sequence[Claim]) -> Held:
        since = time.monotonic()
        for _ in range(TRIES):
            answer = await self._ask_whole(hold_id, claims)
            if answer is None:
                break
            if isinstance(answer, Held):
                return answer
            await self._fill(answer.sums, since)
        return await self._local.hold(hold_id, claims)

    def settle(self, hold_id: str, charged: int) -> None:
        self._local.settle(hold_id, charged)
        self._send_soon()

    def release(self, hold_id: str) -> None:
        self._local.release(hold_id)
        self._send_soon()

    def committed(self, totals: Mapping[Sum, int], hold_ids: Iterable[str]) -> None:
        """Sent with the next hold, or by `refresh`: until then Redis counts as charged
        what it will count as spent."""
        self._local.committed(totals, hold_ids)

    def refresh(self) -> None:
        if self._counts:
            self._renew()
        if not self._counts:
            self._join()
        if self._counts:
            self._local.forget()
        else:
            self._local.refresh()

    def used(self, claims: Sequence[Claim]) -> list[Use]:
        answer = self._tell([], claims)
        if not answer:
            return self._local.used(claims)
        return [
            Use(held + charged, None if spent < 0 else spent)
            if claim.what is What.BUDGET
            else Use(held)
            for claim, held, charged, spent in _by_claim(claims, answer[1])
        ]

    def problems(self) -> list[str]:
        found = self._local.problems()
        with self._lock:
            if self._reason and self._away_since:
                found.append(
                    f"Redis does not count ({self._reason}): each process counts limits"
                    f" for itself since {self._away_since:%Y-%m-%d %H:%M:%S} UTC."
                )
        return found

    def close(self) -> None:
        with self._lock:
            lease, self._lease = self._lease, None
            self._counts = False
            self._is_closed = True
            self._local.holds.changes = None
        try:
            if lease:
                self._connections.for_threads.delete(_alive(lease))
        except (redis.RedisError, OSError) as error:
            logger.debug("A lease runs out: %s", self._connections.reason(error))
        finally:
            self._connections.for_threads.close()

    # Asking on an event loop.

    async def _ask_whole(
        self, hold_id: str, claims: Sequence[Claim]
    ) -> Held | Unknown | None:
        """As `_ask`, which is not given up in the middle, for nobody would know what
        was taken: whoever is cancelled gives it back when it is known."""
        if not self._counts:
            return None
        task = self._start(self._ask(hold_id, claims))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: self._give_back(hold_id, done))
            raise

    async def _ask(
        self, hold_id: str, claims: Sequence[Claim]
    ) -> Held | Unknown | None:
        """Return None if Redis does not count."""
        with self._lock:
            if hold_id in self._local.holds:
                raise ValueError("Something is held for this request already.")
            message = self._message(claims, takes=True)
        if message is None or (answer := await self._send(message)) is None:
            return None
        with self._lock:
            if self._lease != message.lease:
                return None  # what was taken is void with the lease
            return self._take(hold_id, claims, answer)

    def _take(
        self, hold_id: str, claims: Sequence[Claim], answer: list[Any]
    ) -> Held | Unknown:
        outcome, figures, _ = answer
        found = _by_claim(claims, figures)
        spent = {claim.sum: last for claim, _, _, last in found if claim.sum}
        if outcome == UNKNOWN:
            return Unknown([of for of, total in spent.items() if total < 0])
        self._local.sums.hear(spent)
        if outcome == SHORT:
            return _refusal(found)
        self._local.holds.take(hold_id, claims, told=False)
        quotas = []
        for claim, count, _, reset in found:
            if claim.what is What.RATE:
                self._local.rates.count(claim.name)
                left = reset / 1e6 if count else float(SECONDS_OF_A_RATE)
                quotas.append(Quota(True, claim.limit, claim.limit - count - 1, left))
        return Held(None, tuple(quotas))

    async def _fill(self, sums: list[Sum], since: float) -> None:
        """Have Redis told what the database has of `sums`, or else what we have."""
        await self._local.know(sums, since)
        with self._lock:
            self._local.pass_on(sums)

    def _give_back(self, hold_id: str, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and not task.exception():
            answer = task.result()
            if isinstance(answer, Held) and answer.short is None:
                self.release(hold_id)

    async def _send(self, message: Message) -> list[Any] | None:
        """Return the answer; None if there is none, and then Redis does not count."""
        try:
            keys = [_alive(message.lease)]
            answer = await self._connections.run(scripts.TELL, keys, message.content)
        except (redis.RedisError, OSError, TimeoutError) as error:
            self._leave(message, self._connections.reason(error))
        except asyncio.CancelledError:
            self._leave(message, None)  # it may have been sent
            raise
        except Exception as error:
            logger.exception("A fault of ours in what Redis is asked")
            self._leave(message, type(error).__name__)
        else:
            return self._heard(message, answer)
        return None

    def _send_soon(self) -> None:
        """Not from a thread: there `refresh` does."""
        if not self._counts:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        sender = self._sender
        if sender and not sender.done() and sender.get_loop().is_running():
            return
        self._sender = self._start(self._send_changes(), loop)

    async def _send_changes(self) -> None:
        while True:
            with self._lock:
                message = self._message([]) if self._local.holds.changes else None
            if message is None or await self._send(message) is None:
                return

    def _start(
        self, asking: Any, loop: asyncio.AbstractEventLoop | None = None
    ) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = (loop or asyncio.get_running_loop()).create_task(
            asking
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Asking on a thread.

    def _renew(self) -> None:
        names: list[str] = []
        if (now := time.monotonic()) >= self._next_keeping:
            with self._lock:
                names = list(self._local.holds.amounts)
            self._next_keeping = now + SECONDS_BETWEEN_KEEPING
        answer = self._tell(names, [])
        if answer and answer[2] < len(names):
            logger.warning("Redis has dropped some of what is held: it is told anew.")
            self._leave_lease(None)

    def _tell(self, names: list[str], claims: Sequence[Claim]) -> list[Any] | None:
        with self._lock:
            message = self._message(claims, names=names)
        if message is None:
            return None
        try:
            answer = self._connections.run_here(
                scripts.TELL, [_alive(message.lease)], message.content
            )
        except (redis.RedisError, OSError) as error:
            self._leave(message, self._connections.reason(error))
            return None
        return self._heard(message, answer)

    def _join(self) -> None:
        """Take a lease and put all that is held under it."""
        try:
            # Whoever does not answer may yet do later what it was sent.
            self._connections.for_threads.ping()
        except (redis.RedisError, OSError) as error:
            self._note_away(self._connections.reason(error))
            return
        lease = f"{self._process}:{secrets.token_hex(4)}"
        with self._lock:
            if self._is_closed:
                return
            self._lease = lease
            self._local.holds.changes = {}
            content = msgpack.encode(_listed(self._local.holds.amounts))
            given_up = list(map(_alive, self._doubtful))
        try:
            self._connections.run_here(
                scripts.JOIN, [_alive(lease), *given_up], content
            )
        except (redis.RedisError, OSError) as error:
            self._leave_lease(self._connections.reason(error))
            return
        with self._lock:
            if self._lease != lease:
                return
            self._counts = True
            self._doubtful.clear()
            self._local.forget_others()
            self._next_keeping = time.monotonic() + SECONDS_BETWEEN_KEEPING
            was_away, self._reason = self._reason, None
        if was_away:
            logger.warning("Redis counts limits for all processes again.")

    # What both have.

    def _message(
        self, claims: Sequence[Claim], *, takes: bool = False, names: Sequence[str] = ()
    ) -> Message | None:
        """Take what has changed into a message; with the lock."""
        if self._lease is None or not self._counts:
            return None
        holds = self._local.holds
        changes, holds.changes = holds.changes or {}, {}
        totals, self._local.totals = self._local.totals or {}, {}
        asked = [(one.what, one.name, one.amount, one.limit) for one in claims]
        content = [_listed(changes), list(totals.items()), asked, takes, names]
        return Message(self._lease, totals, msgpack.encode(content))

    def _heard(self, message: Message, answer: list[Any]) -> list[Any] | None:
        if answer[0] == LOST:  # it was flushed, or we were taken for dead
            self._leave(message, None)
            return None
        return answer

    def _leave(self, message: Message, reason: str | None) -> None:
        """Redis may not have got `message`: it is not to count until all is put right.

        `reason` is None if it may well be asked again at once.
        """
        with self._lock:
            totals = self._local.totals = self._local.totals or {}
            if len(totals) < MOST_TOTALS:
                for name, total in message.totals.items():
                    totals[name] = max(total, totals.get(name, 0))
            is_current = self._lease == message.lease
        if is_current:
            self._leave_lease(reason)

    def _leave_lease(self, reason: str | None) -> None:
        with self._lock:
            if self._lease:
                self._doubtful = [*self._doubtful, self._lease][-MOST_DOUBTFUL:]
            self._lease = None
            self._counts = False
            self._local.holds.changes = None
        if reason:
            self._note_away(reason)

    def _note_away(self, reason: str) -> None:
        with self._lock:
            is_new = self._reason is None
            self._reason = reason
            if not is_new:
                return
            self._away_since = datetime.now(UTC)
            now = time.monotonic()
            is_silent, self._next_word = (
                now < self._next_word,
                now + SECONDS_BETWEEN_WORDS,
            )
        if not is_silent:
            logger.warning(
                "Redis does not count (%s): each process counts limits for itself.",
                reason,
            )


_Found = list[tuple[Claim, int, int, int]]


def _by_claim(claims: Sequence[Claim], figures: Sequence[int]) -> _Found:
    return list(zip(claims, figures[::3], figures[1::3], figures[2::3], strict=True))


def _refusal(found: _Found) -> Held:
    figures = []
    for claim, first, second, third in found:
        if claim.what is What.RATE:
            left = max(0, claim.limit - first)
            quota = Quota(bool(second), claim.limit, left, third / 1e6)
            figures.append(Figures(first, 0, quota))
        else:
            figures.append(Figures(first, second + third))
    quotas = tuple(one.quota for one in figures if one.quota)
    return Held(find_short([claim for claim, *_ in found], figures), quotas)


def _listed(amounts: Amounts) -> list[tuple[str, int, int]]:
    return [(name, held, charged) for name, (held, charged) in amounts.items()]


def _alive(lease: str) -> str:
    return f"{scripts.TAG}alive:{lease}"
