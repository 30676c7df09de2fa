"""Callers who ask again and again, and remember what they were told."""

import asyncio
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp

# Streams of about two seconds, and answers in one piece.
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"content": "sim:trickle=0.1 sim:events=20", "stream": True},
    {"content": "sim:events=10", "stream": True},
    {"content": "sim:events=30", "stream": False},
)
PAUSE_SECONDS = 0.2
CODE = re.compile(r'"code":\s*"([^"]+)"')
# Above the silence after which the service would say something.
SECONDS_OF_SILENCE = 30.0


@dataclass
class Told:
    """`end` is completed, failed, cut (nobody saw an end) or unreached; `why` is what
    was said of a failure."""

    identity: str | None
    end: str
    why: str = ""


class Callers:
    """So many at a time, from a thread, for as long as the block lasts."""

    def __init__(self, url: str, count: int) -> None:
        self.told: list[Told] = []
        self._url = f"{url}/api/chat"
        self._count = count
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()))

    def __enter__(self) -> "Callers":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def counts(self) -> Counter[str]:
        return Counter(f"{one.end} {one.why}".strip() for one in self.told)

    async def _ask_all(self) -> None:
        limit = aiohttp.ClientTimeout(total=None, sock_read=SECONDS_OF_SILENCE)
        # nginx that is told to read its file anew closes the connections that it keeps.
        # Browsers then ask again by themselves; here each asks by one of its own.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(timeout=limit, connector=connector) as session:
            await asyncio.gather(*(self._ask_on(session) for _ in range(self._count)))

    async def _ask_on(self, session: aiohttp.ClientSession) -> None:
        while not self._over.is_set():
            told = await self._ask(session, dict(random.choice(QUESTIONS)))  # noqa: S311
            self.told.append(told)
            if told.end != "completed":
                await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(
        self, session: aiohttp.ClientSession, question: dict[str, Any]
    ) -> Told:
        message = {"role": "user", "content": question.pop("content")}
        identity = None
        try:
            asked = {"messages": [message], **question}
            async with session.post(self._url, json=asked) as response:
                identity = response.headers.get("X-Request-ID")
                text = await response.text()
                end = _end(response.status, text, question["stream"])
                return Told(identity, end, _why(text) if end == "failed" else "")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Told(identity, "cut" if identity else "unreached")


def _end(status: int, text: str, is_stream: bool) -> str:
    if status in (502, 504) and '"detail"' not in text:
        return "unreached"  # nginx says so
    if status != 200:
        return "failed"
    if not is_stream:
        return "completed"
    if '"[DONE]"' in text:
        return "completed"
    return "failed" if '"error"' in text else "cut"


def _why(text: str) -> str:
    """Return the code of an error, in a body of its own or in the last frame."""
    found = CODE.findall(text)
    return found[-1] if found else "?"
