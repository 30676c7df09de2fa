"""Connections to Redis or Valkey, and the news that processes tell each other there."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import redis
from django.conf import settings
from redis.asyncio import BlockingConnectionPool as AsyncPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from chat.access.scripts import Script

logger = logging.getLogger(__name__)

# For connecting and for each answer; and for all of what a request waits for.
SECONDS_TO_ANSWER = 0.5
MOST_CONNECTIONS = 8
SECONDS_BETWEEN_TRIES = 1.0
# A listener who has heard nothing for so long asks; after twice as long it gives up.
SECONDS_OF_SILENCE = 5.0
CHANNEL = "zc:access"

# Of redis-py's pools. RESP2 has all that is needed, and needs no handshake.
_OPTIONS: dict[str, Any] = {
    "max_connections": MOST_CONNECTIONS,
    "timeout": SECONDS_TO_ANSWER,
    "socket_timeout": SECONDS_TO_ANSWER,
    "socket_connect_timeout": SECONDS_TO_ANSWER,
    "protocol": 2,
    "driver_info": None,
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}
# There whoever asks waits by a clock of its own.
_OF_LOOPS = _OPTIONS | {"socket_timeout": 5.0, "socket_connect_timeout": 5.0}
_OfLoop = tuple[AsyncRedis, AsyncGenerator[None, None]]


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
        pool = redis.BlockingConnectionPool.from_url(
            url, retry=Retry(NoBackoff(), 0), **_OPTIONS
        )
        self.for_threads = redis.Redis.from_pool(pool)

    async def for_loop(self) -> AsyncRedis:
        """Return the client of the running loop; its connections end with the loop."""
        loop = asyncio.get_running_loop()
        if (known := self._loops.get(loop)) is None:
            pool = AsyncPool.from_url(
                self._url, retry=AsyncRetry(NoBackoff(), 0), **_OF_LOOPS
            )
            client = AsyncRedis.from_pool(pool)
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
        self, loop: asyncio.AbstractEventLoop, client: AsyncRedis
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


def announce() -> None:
    """Tell all processes that who may ask has changed; on a thread.

    Without Redis, or if it does not answer, they find out by themselves in a moment.
    """
    if (connections := connect()) is None:
        return
    try:
        connections.for_threads.publish(CHANNEL, "1")
    except (redis.RedisError, OSError) as error:
        logger.debug("Nothing was announced: %s", connections.reason(error))
    finally:
        connections.for_threads.close()


class Listener:
    """Calls `callback`, from a thread of its own, for each announcement; and whenever
    it could not listen for a while, for there may have been one."""

    def __init__(self, connections: Connections, callback: Callable[[], None]) -> None:
        self._connections = connections
        self._callback = callback
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="access-news", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no longer; returns within two seconds."""
        self._closing.set()
        self._thread.join(2 * SECONDS_BETWEEN_TRIES)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                reason = self._connections.reason(error)
                logger.debug("Announcements are not heard: %s", reason)
            except Exception:
                logger.exception("A fault of ours in what an announcement leads to")
            self._closing.wait(SECONDS_BETWEEN_TRIES)
        with suppress(redis.RedisError, OSError):
            self._connections.for_threads.close()

    def _listen(self) -> None:
        client = self._connections.for_threads
        channel = client.pubsub(push_handler_func=_ignore)  # type: ignore[no-untyped-call]
        with channel:
            channel.subscribe(CHANNEL)
            heard_at = asked_at = time.monotonic()
            while not self._closing.is_set():
                news = channel.get_message(timeout=SECONDS_TO_ANSWER)
                now = time.monotonic()
                if news is not None:
                    heard_at = now
                    if news["type"] in ("subscribe", "message"):
                        self._callback()
                elif now - heard_at > 2 * SECONDS_OF_SILENCE:
                    raise redis.ConnectionError("Redis keeps silent.")
                elif now - max(heard_at, asked_at) > SECONDS_OF_SILENCE:
                    asked_at = now
                    channel.ping()


def listen(callback: Callable[[], None]) -> Listener | None:
    """Return a listener that calls `callback` on a thread; None without Redis."""
    connections = connect()
    return Listener(connections, callback) if connections else None


def _secrets_of(url: str) -> list[str]:
    parts = urlsplit(url)
    found = [parts.password or "", unquote(parts.password or ""), parts.query]
    return [secret for secret in found if secret]


def _ignore(message: object) -> None:
    """Without a function of ours redis-py writes what it is told to the log."""
