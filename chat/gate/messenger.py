"""Brings to Redis what the lanes of a process have to tell, and back what it says."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from django.conf import settings

from chat.gate import message, scripts
from chat.gate.message import Message
from chat.gate.news import Grants, News, listen
from chat.gate.shared import SharedSlots
from chat.redis import library as redis
from chat.redis.connections import Connections
from chat.redis.lease import Lease

logger = logging.getLogger(__name__)

# A lease is good for six.
SECONDS_BETWEEN_RENEWALS = 2.0
SECONDS_BETWEEN_TRIES = 1.0
# Nothing is granted for so long where nobody is known to be there: others may hold
# slots, and need a moment to find out and to say so.
SECONDS_OF_GRACE = 3.0
# How long a start waits at most.
SECONDS_TO_JOIN = 2.0


class Messenger:
    """Of one event loop; `close` it.

    While a message is on its way the next one gathers. Whatever goes wrong with one,
    the lease is given up: the next tells Redis anew all that is waited for and held.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._name = secrets.token_hex(6)
        self._lease = Lease(
            self._name,
            away="Redis gives no turns at Z.AI",
            alone="each host asks Z.AI on its own",
            together="Redis gives turns at Z.AI to all processes again.",
        )
        self._lanes: list[SharedSlots] = []
        self._closed: list[SharedSlots] = []  # and have something to tell still
        self._is_due = False
        self._rejoins = False
        self._has_tried = asyncio.Event()
        self._is_lost = asyncio.Event()
        self._errand: asyncio.Task[None] | None = None
        self._tasks = [
            asyncio.create_task(self._keep()),
            asyncio.create_task(listen(connections, self._name, self._hear_news)),
        ]

    @property
    def counts(self) -> bool:
        return self._lease.counts or self._rejoins

    @property
    def lease(self) -> str | None:
        return self._lease.name

    def add(self, lane: SharedSlots) -> None:
        self._lanes.append(lane)

    def remove(self, lane: SharedSlots) -> None:
        self._lanes.remove(lane)
        if self._lease.name and lane.has_news:
            self._closed.append(lane)

    def send_soon(self) -> None:
        if self._lease.counts and (self._errand is None or self._errand.done()):
            self._errand = asyncio.create_task(self._go())

    def problems(self) -> list[str]:
        return self._lease.problems()

    async def begin(self) -> None:
        """Wait until Redis counts, or cannot be asked; not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_JOIN):
                await self._has_tried.wait()

    async def close(self) -> None:
        """Leave all that is held to the others."""
        for task in (*self._tasks, self._errand):
            if task:
                task.cancel()
        lease, self._lease.name = self._lease.name, None
        counted, self._lease.counts = self._lease.counts, False
        if lease and counted:
            for lane in self._lanes:
                lane.tell_host()
            lanes = [*self._lanes, *self._closed]
            content = self._write(lease, scripts.LEAVE, lanes)
            with suppress(redis.RedisError, OSError):
                await self._ask(content)
        self._connections.for_threads.close()

    async def _keep(self) -> None:
        """Renew the lease, or take one."""
        while True:
            self._is_lost.clear()
            if not self._lease.counts:
                await self._join()
                self._has_tried.set()
                if self._rejoins and not self._lease.counts:
                    self._fall_back()
                self._rejoins = False
            for lane in self._lanes:
                lane.renew()
            self._is_due = True
            self.send_soon()
            counts = self._lease.counts
            seconds = SECONDS_BETWEEN_RENEWALS if counts else SECONDS_BETWEEN_TRIES
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._is_lost.wait()

    async def _join(self) -> None:
        """Take a lease, and put all that is waited for and held under it."""
        what = scripts.REJOIN if self._lease.is_away else scripts.JOIN
        try:
            # Who does not answer might yet do later what it is sent now.
            await self._connections.ping()
        except (redis.RedisError, OSError) as error:
            self._lease.give_up(self._connections.reason(error))
            return
        self._lease.begin()
        lanes = list(self._lanes)
        self._closed.clear()
        for lane in lanes:
            lane.join()
        await self._deliver(what, lanes)

    async def _go(self) -> None:
        """Send until there is nothing to tell any more, or Redis does not count."""
        while self._lease.counts:
            lanes = [lane for lane in self._lanes if lane.has_news]
            closed, self._closed = self._closed, []
            if not (lanes or closed or self._is_due):
                return
            self._is_due = False
            if not await self._deliver(scripts.TELL, [*lanes, *closed]):
                return

    async def _deliver(self, what: int, lanes: Sequence[SharedSlots]) -> bool:
        """Whether Redis counts."""
        if (lease := self._lease.name) is None:
            return False
        try:
            answers = message.read(await self._ask(self._write(lease, what, lanes)))
            if answers is None:
                self._lose(lease, None)
            if self._lease.name != lease:
                return False
            if what != scripts.TELL:
                self._lease.succeed()
            for lane, answer in zip(lanes, answers or (), strict=True):
                lane.hear(answer)
            return True
        except (redis.RedisError, OSError) as error:
            self._lose(lease, self._connections.reason(error))
        except Exception as error:
            logger.exception("A fault of ours in what Redis is told")
            self._lose(lease, type(error).__name__)
        return False

    async def _ask(self, content: bytes) -> bytes:
        """Raises what redis-py raises, and TimeoutError."""
        found = await self._connections.ask(scripts.SCRIPT, [scripts.ALIVE], content)
        return cast("bytes", found)

    def _write(self, lease: str, what: int, lanes: Sequence[SharedSlots]) -> bytes:
        given_up = {
            scripts.TELL: [],
            scripts.LEAVE: [lease],
        }.get(what, list(self._lease.doubtful))
        written = [lane.write() for lane in lanes]
        grace = round(1000 * SECONDS_OF_GRACE)
        waiting = sum(lane.waiting for lane in self._lanes)
        waiting -= sum(len(one.entries) for one in written)
        most = settings.CHAT_QUEUE_LENGTH if what == scripts.TELL else -1
        return message.write(
            Message(lease, what, given_up, grace, waiting, most, written)
        )

    def _lose(self, lease: str, reason: str | None) -> None:
        """`reason` is None if Redis may be asked again at once, and nobody goes on by
        himself: it was flushed, or this process was taken for dead."""
        if self._lease.name != lease:
            return
        counted = self._lease.counts
        self._lease.give_up(reason)
        if counted:
            self._is_lost.set()
            self._rejoins = reason is None
            if not self._rejoins:
                self._fall_back()

    def _fall_back(self) -> None:
        self._rejoins = False
        for lane in self._lanes:
            lane.lose()

    def _hear_news(self, news: News) -> None:
        if not self._lease.counts:
            return
        for lane in [lane for lane in self._lanes if lane.name == news.lane]:
            if isinstance(news, Grants):
                if news.lease == self._lease.name:
                    for number, others in news.granted:
                        lane.hear_grant(number, others)
            elif news.lease != self._lease.name:
                lane.hear_state(news.version, news.text)
