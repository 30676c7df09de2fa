"""What Redis tells a process unasked: whose turn it is, and what others learned."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import Struct, msgpack

from chat.gate.scripts import CHANNEL
from chat.redis import library as redis
from chat.redis.connections import Connections

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 1.0
# A connection on which nothing was heard for so long is asked; after twice as long it
# is given up.
SECONDS_OF_SILENCE = 5.0


class Grants(Struct, array_like=True, tag="grants"):
    """(number, others open) of those whose turn it is, under `lease`."""

    lane: str
    lease: str
    granted: list[tuple[int, int]]


class Learned(Struct, array_like=True, tag="state"):
    """The state that a process, which has `lease`, has put there."""

    lane: str
    lease: str
    version: int
    text: str


News = Grants | Learned


async def listen(
    connections: Connections, name: str, hear: Callable[[News], None]
) -> None:
    """Call `hear` with what comes for the process `name`, until this is cancelled.

    What comes while nobody listens is lost: lanes look for it.
    """
    while True:
        try:
            await _listen_once(connections, name, hear)
        except (redis.RedisError, OSError) as error:
            logger.debug("News are not heard: %s", connections.reason(error))
        except Exception:
            logger.exception("A fault of ours in what news lead to")
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)


async def _listen_once(
    connections: Connections, name: str, hear: Callable[[News], None]
) -> None:
    client = await connections.for_loop()
    channel = client.pubsub(push_handler_func=_ignore)
    try:
        await channel.subscribe(CHANNEL, f"{CHANNEL}:{name}")
        is_asked = False
        while True:
            found = await channel.get_message(timeout=SECONDS_OF_SILENCE)
            if found is not None:
                is_asked = False
                if found["type"] == "message":
                    hear(_read(found["data"]))
            elif is_asked:
                raise redis.ConnectionError("Redis keeps silent.")
            else:
                is_asked = True
                await channel.ping()
    finally:
        with suppress(redis.RedisError, OSError):
            await channel.aclose()  # type: ignore[no-untyped-call]


def _read(content: Any) -> News:
    news: News = _NEWS.decode(content)
    return news


def _ignore(message: object) -> None:
    """Without a function of ours redis-py writes what it is told to the log."""


_NEWS = msgpack.Decoder(News)
