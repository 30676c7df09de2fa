"""Connections to Redis or Valkey, of one process."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from django.conf import settings

from chat.redis import library as redis
from chat.redis.script import Script

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis

# For connecting and for each answer; and for all of what a request waits for.
SECONDS_TO_ANSWER = 0.5
# A loop that was busy may not have come to read the answer.
SECONDS_OF_GRACE = 0.05
MOST_CONNECTIONS = 8

# Of redis-py's pools. RESP2 has all that is needed, and needs no handshake.
_OPTIONS: dict[str, Any] = {
    "max_connections": MOST_CONNECTIONS,
    "timeout": SECONDS_TO_ANSWER,
    "socket_timeout": SECONDS_TO_ANSWER,
    "socket_connect_timeout": SECONDS_TO_ANSWER,
    "protocol": 2,
    "driver_info": None,
}
# There whoever asks waits by a clock of its own.
_OF_LOOPS = _OPTIONS | {"socket_timeout": 5.0, "socket_connect_timeout": 5.0}
_OfLoop = tuple["AsyncRedis", AsyncGenerator[None, None]]


class Connections:
    """Those of one process: for each event loop a pool of its own, and one for threads.

    What a command has done is not known when its answer does not come: nothing is sent
    twice.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfLoop] = (
            WeakKeyDictionary()
        )
        from redis.maint_notifications import MaintNotificationsConfig

        quiet = {"maint_notifications_config": MaintNotificationsConfig(enabled=False)}
        self._of_loops = _OF_LOOPS | quiet
        once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        pool = redis.BlockingConnectionPool.from_url(
            url, retry=once, **(_OPTIONS | quiet)
        )
        self.for_threads = redis.Redis.from_pool(pool)

    async def for_loop(self) -> "AsyncRedis":
        """Return the client of the running loop; its connections end with the loop."""
        loop = asyncio.get_running_loop()
        if (known := self._loops.get(loop)) is None:
            from redis.asyncio.retry import Retry

            pool = redis.asyncio.BlockingConnectionPool.from_url(
                self._url,
                retry=Retry(redis.backoff.NoBackoff(), 0),
                **self._of_loops,
            )
            client = redis.asyncio.Redis.from_pool(pool)
            # A loop closes its generators before it ends: nobody else tells us.
            known = self._loops[loop] = client, self._until_the_end(loop, client)
            await anext(known[1])
        return known[0]

    async def run(self, script: Script, keys: list[str], content: bytes) -> Any:
        """On an event loop. Raises what redis-py raises."""
        client = await self.for_loop()
        try:
            return await client.evalsha(script.digest, len(keys), *keys, content)
        except redis.exceptions.NoScriptError:
            return await client.eval(script.text, len(keys), *keys, content)

    async def ask(self, script: Script, keys: list[str], content: bytes) -> Any:
        """The same, within SECONDS_TO_ANSWER. Raises TimeoutError too."""
        return await _in_time(self.run(script, keys, content))

    async def ping(self) -> None:
        """On an event loop, within SECONDS_TO_ANSWER. Raises what redis-py raises, and
        TimeoutError."""
        client = await self.for_loop()
        await _in_time(client.ping())

    def run_here(self, script: Script, keys: list[str], content: bytes) -> Any:
        """On a thread. Raises what redis-py raises."""
        client = self.for_threads
        try:
            return client.evalsha(script.digest, len(keys), *keys, content)
        except redis.exceptions.NoScriptError:
            return client.eval(script.text, len(keys), *keys, content)

    def reason(self, error: BaseException) -> str:
        """Return what is wrong, in a few words of Redis' and without the password."""
        words = str(error).partition("\n")[0][:200]
        for secret in _secrets_of(self._url):
            words = words.replace(secret, "[redacted]")
        return f"{type(error).__name__}: {words}" if words else type(error).__name__

    async def _until_the_end(
        self, loop: asyncio.AbstractEventLoop, client: "AsyncRedis"
    ) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._loops.pop(loop, None)
            with suppress(redis.RedisError, OSError):
                await client.aclose(close_connection_pool=True)


def connect() -> Connections | None:
    """Return the connections to REDIS_URL; None without one."""
    return Connections(settings.REDIS_URL) if settings.REDIS_URL else None


async def _in_time(answer: Awaitable[Any]) -> Any:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        late = loop.call_later(
            SECONDS_TO_ANSWER - SECONDS_OF_GRACE,
            lambda: limit.reschedule(loop.time() + SECONDS_OF_GRACE),
        )
        try:
            return await answer
        finally:
            late.cancel()


def _secrets_of(url: str) -> list[str]:
    parts = urlsplit(url)
    found = [parts.password or "", unquote(parts.password or ""), parts.query]
    return [secret for secret in found if secret]
