"""Fifty streams at once, in a silence that is longer than Next.js waits by itself."""

import asyncio
import itertools
import socket
import threading
from typing import Any

import httpx
import msgspec

from chat.tests.frames import DONE, frames, text_of
from chat.tests.nextjs.conftest import OpenTabs, Serve
from chat.tests.nextjs.tab import EVERYWHERE, REWRITE
from chat.tests.scripted_zai import answering, scripted
from chat.tests.waiting import SECONDS

STREAMS = 50
PATHS = ("/api/chat", "/handler/chat")  # of lib/ways.ts, but for that past Next.js
SILENT_SECONDS = 35  # a rewrite of Next.js gives up after 30
WORDS = "One two three four five six seven."
BODY = {"messages": [{"role": "user", "content": "Count"}]}


def event(**choice: Any) -> bytes:
    fields = {"id": "1", "choices": [{"index": 0, "delta": {}, **choice}]}
    return b"data: %b\n\n" % msgspec.json.encode(fields)


SAID = [event(delta={"content": word}) for word in WORDS.replace(" ", " |").split("|")]
END = [event(finish_reason="stop"), b"data: [DONE]\n\n"]


class Silent:
    """A Z.AI that says nothing, before its answer or amid it, until it may go on."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.may_go_on = threading.Event()

    def at_first(self, connection: socket.socket) -> None:
        self._be_silent()
        answering(*SAID, *END)(connection)

    def amid_it(self, connection: socket.socket) -> None:
        answering(*SAID[:3])(connection)
        self._be_silent()
        for part in (*SAID[3:], *END):
            connection.sendall(part)

    def _be_silent(self) -> None:
        self.asked.release()
        self.may_go_on.wait()


async def test_fifty_streams_at_once_survive_a_long_silence(
    open_tabs: OpenTabs, serve: Serve, settings: Any, start: str, dev: str, cookie: str
) -> None:
    """Some are read by pages in a browser, the others by cheaper callers."""
    tabs = await open_tabs(start, EVERYWHERE) + await open_tabs(dev, REWRITE)
    urls = itertools.cycle(site + path for site in (start, dev) for path in PATHS)
    silent = Silent()
    scripts = [silent.at_first, silent.amid_it] * (STREAMS // 2)
    with scripted(*scripts) as settings.ZAI_BASE_URL, serve():
        async with web(cookie) as client, asyncio.TaskGroup() as group:
            answers = [
                group.create_task(client.post(next(urls), json=BODY))
                for _ in range(STREAMS - len(tabs))
            ]
            try:
                await asyncio.gather(*(tab.ask("Count") for tab in tabs))
                for _ in range(STREAMS):
                    acquire = silent.asked.acquire
                    assert await asyncio.to_thread(acquire, timeout=SECONDS)
                await asyncio.sleep(SILENT_SECONDS)
            finally:
                silent.may_go_on.set()
            for tab in tabs:
                assert await tab.finished() == WORDS
                assert not await tab.error.count()
    for answer in answers:
        body = answer.result().content
        assert (text_of(body), frames(body)[-1]) == (WORDS, DONE)


def web(cookie: str) -> httpx.AsyncClient:
    """A client that waits for ever, on as many connections as it takes."""
    limits, headers = httpx.Limits(max_connections=None), {"Cookie": cookie}
    return httpx.AsyncClient(
        timeout=None, limits=limits, headers=headers, trust_env=False
    )
