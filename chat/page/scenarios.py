"""What the simulator can play, if it is the simulator that answers."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
from django.conf import settings

from chat.checks.loopback import is_loopback

logger = logging.getLogger(__name__)

PATH = "/_simulator/scenarios"
SECONDS = 1.0  # for an answer from this machine
MOST_BYTES = 200_000
# How long an answer is remembered, and that there was none
REMEMBERED_SECONDS = {True: 60.0, False: 5.0}

Scenarios = list[dict[str, Any]]


class Scenario(msgspec.Struct):
    """A row of the simulator's table; `usage` is what one types, `sim:cut=N`."""

    name: str
    value: str
    default: str
    sentence: str
    usage: str


@dataclass(frozen=True)
class _Seen:
    base_url: str
    until: float
    rows: Scenarios | None


_seen: _Seen | None = None


async def scenarios() -> Scenarios | None:
    """The table's rows; None where Z.AI answers, or whatever is not our simulator."""
    global _seen
    base_url = settings.ZAI_BASE_URL
    if not is_loopback(urlsplit(base_url).hostname or ""):
        return None
    if not _seen or _seen.base_url != base_url or _seen.until < time.monotonic():
        rows = await _asked(base_url)
        _seen = _Seen(base_url, time.monotonic() + REMEMBERED_SECONDS[bool(rows)], rows)
    return _seen.rows


async def _asked(base_url: str) -> Scenarios | None:
    try:
        async with asyncio.timeout(SECONDS):
            rows = msgspec.json.decode(await _body(base_url), type=list[Scenario])
    except (aiohttp.ClientError, OSError, ValueError, msgspec.MsgspecError) as error:
        logger.debug("No simulator at %s: %r", base_url, error)
        return None
    return [msgspec.structs.asdict(row) for row in rows]


async def _body(base_url: str) -> bytes:
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.get(urljoin(base_url, PATH), allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            raise ValueError(f"The status is {answer.status}.")
        body = b""
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > MOST_BYTES:
                raise ValueError("The answer is too long.")
        return body
