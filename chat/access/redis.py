"""The news that processes tell each other by Redis."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from chat.redis import library as redis
from chat.redis.connections import SECONDS_TO_ANSWER, Connections, connect

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 1.0
# A listener who has heard nothing for so long asks; after twice as long it gives up.
SECONDS_OF_SILENCE = 5.0
CHANNEL = "zc:access"


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
        channel = client.pubsub(push_handler_func=_ignore)
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


def _ignore(message: object) -> None:
    """Without a function of ours redis-py writes what it is told to the log."""
