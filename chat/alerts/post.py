"""The way to the receiver: one POST, within a limit of time."""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from chat.alerts.message import Message
from chat.alerts.shapes import body_for, objection

SECONDS = 10.0
MOST_READ = 4_096


class NotTaken(Exception):
    """Why the receiver did not take it, without its address: that is a secret."""


def post(url: str, message: Message) -> None:
    """Tell it to the receiver at `url`. Raises NotTaken.

    For a thread without an event loop.
    """
    try:
        asyncio.run(_post(url, body_for(url, message)))
    except TimeoutError:
        raise NotTaken(f"{_host(url)} did not answer in {SECONDS:.0f} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        kind = type(error).__name__
        raise NotTaken(f"{_host(url)} cannot be reached ({kind})") from None


async def _post(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    limit = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        aiohttp.ClientSession(timeout=limit, trust_env=True) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        if not 200 <= answer.status < 300:
            raise NotTaken(f"{_host(url)} answered {answer.status}")
        if reason := objection(url, await answer.content.read(MOST_READ)):
            raise NotTaken(f"{_host(url)}: {reason}")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the receiver"
