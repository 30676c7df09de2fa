"""Answers across processes, through Redis: told, found, followed and stopped."""

import asyncio
import logging
import secrets
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from chat.answers.answer import Answer
from chat.answers.elsewhere import (
    Elsewhere,
    Head,
    key_of_chat,
    key_of_head,
    now,
    read_head,
)
from chat.answers.following import Following
from chat.answers.orders import Orders, obey
from chat.answers.owner import Owner
from chat.answers.replacing import Replacing
from chat.answers.shelf import shelf
from chat.answers.telling import Told, give_sign
from chat.redis import library as redis
from chat.redis.connections import SECONDS_TO_ANSWER, Connections, connect

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_BATCHES = 0.1
SECONDS_OF_A_BATCH = 2.0
SECONDS_WITHOUT_REDIS = 0.5
SECONDS_TO_CATCH_UP = 1.0
SECONDS_TO_CLOSE = 1.0
SECONDS_OF_AN_ENDED_ANSWER = 60.0
# What is put into one round trip, of all answers.
MOST_BYTES_OF_A_BATCH = 4_000_000


class Relay:
    """Of one event loop. It works as long as there is something to tell or to follow.

    What Redis does not take waits where it is kept anyway, within CHAT_KEEP_BYTES.
    Nobody waits for it.
    """

    def __init__(self, connections: Connections) -> None:
        self.process = secrets.token_hex(8)
        self._connections = connections
        self._told: dict[str, Told] = {}
        self._following = Following(self._order)
        self._orders = Orders()
        self._replaced = Replacing(self.process, self._orders)
        self._working: asyncio.Task[None] | None = None

    def tell(self, answer: Answer) -> None:
        """Have Redis know `answer` from now on, and all that is kept of it."""
        if answer.frames is not None:
            self._told[answer.request_id] = Told(answer)
            answer.is_told = True
            self._replaced.add(answer)
            self._work()

    async def find(self, identity: str, owner: Owner) -> Elsewhere | None:
        """Return the answer of that chat, or request, that another process makes or
        made, if `owner` may have it; None too where Redis is away."""
        found = await self._look(identity, owner)
        if found is None or found[1].process == self.process:
            return None
        elsewhere = self._following.begin(*found)
        self._work()
        await elsewhere.until_caught_up(SECONDS_TO_CATCH_UP)
        return elsewhere

    async def stop(self, identity: str, owner: Owner) -> bool:
        """Have another process stop that answer; whether there is one that goes on."""
        found = await self._look(identity, owner)
        if found is None or found[1].state != "open":
            return False
        if found[1].process == self.process:
            return False  # it is over, and Redis has not heard of that yet
        what = "stop" if found[0] == identity else "stop-chat"
        self._orders.add(found[1].process, what, found[0])
        self._work()
        return True

    async def close(self) -> None:
        """Tell the last of it, within a second."""
        if working := self._working:
            with suppress(redis.RedisError, OSError, TimeoutError):
                async with asyncio.timeout(SECONDS_TO_CLOSE):
                    await self._exchange()
            working.cancel()
            await asyncio.wait({working})
        for one in list(self._told.values()):
            self._end(one)

    async def _look(self, identity: str, owner: Owner) -> tuple[str, Head] | None:
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                client: Any = await self._connections.for_loop()
                request_id = identity
                if key := key_of_chat(owner, identity):
                    latest = await client.get(key)
                    request_id = latest.decode() if latest else identity
                head = read_head(await client.hgetall(key_of_head(request_id)))
        except (redis.RedisError, OSError, TimeoutError) as error:
            logger.debug("Redis was asked in vain: %s", self._connections.reason(error))
            return None
        if head is None or not owner.may_have(Owner(known=head.known)):
            return None
        return request_id, head

    def _order(self, what: str, answer: Elsewhere) -> None:
        self._orders.add(answer.process, what, answer.request_id)
        self._work()

    def _work(self) -> None:
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._told or self._orders or self._following:
            wait = SECONDS_BETWEEN_BATCHES
            try:
                async with asyncio.timeout(SECONDS_OF_A_BATCH):
                    await self._exchange()
            except (redis.RedisError, OSError, TimeoutError) as error:
                reason = self._connections.reason(error)
                logger.debug("Redis takes no answers: %s", reason)
                self._following.could_not_look()
                self._forget()
                wait = SECONDS_WITHOUT_REDIS
            await asyncio.sleep(wait)

    def _forget(self) -> None:
        """What ended while Redis was away is told to nobody, and what was to be asked
        of other processes is too late: both would pile up."""
        self._replaced.clear()
        self._orders.clear()
        oldest = now() - SECONDS_OF_AN_ENDED_ANSWER
        for one in list(self._told.values()):
            if one.answer.ended is not None and one.answer.ended < oldest:
                self._end(one)

    def _end(self, one: Told) -> None:
        self._told.pop(one.answer.request_id, None)
        shelf.was_told(one.answer)

    async def _exchange(self) -> None:
        """Tell, hear and follow, each in one round trip."""
        client = await self._connections.for_loop()
        await self._replaced.stop_others(client)
        await self._orders.send(client)
        if self._told:
            await self._tell(client)
        if self._following:
            await self._following.look(client)

    async def _tell(self, client: Any) -> None:
        pipeline = client.pipeline(transaction=False)
        give_sign(pipeline, self.process)
        told, size = [], 0
        for one in self._told.values():
            if size > MOST_BYTES_OF_A_BATCH:
                break
            size += one.write(pipeline, self.process)
            told.append(one)
        answers = await pipeline.execute(raise_on_error=False)
        for failed in answers:
            # What was sent before, and came after all.
            if isinstance(failed, Exception) and "smaller than" not in str(failed):
                raise failed
        for one in told:
            one.succeeded()
            if one.is_over:
                self._end(one)
            elif self._told.pop(one.answer.request_id, None):
                self._told[one.answer.request_id] = one  # the others come first
        for order in answers[1] or ():
            obey(order.decode())


_relays: WeakKeyDictionary[asyncio.AbstractEventLoop, Relay] = WeakKeyDictionary()


def relay() -> Relay | None:
    """Return what speaks to Redis for the running loop; None without REDIS_URL."""
    loop = asyncio.get_running_loop()
    if (found := _relays.get(loop)) is None and (connections := connect()):
        found = _relays[loop] = Relay(connections)
    return found


async def close() -> None:
    if found := _relays.pop(asyncio.get_running_loop(), None):
        await found.close()
