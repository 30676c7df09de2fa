"""Fifty people at once, and a silence that is longer than Next.js waits by itself."""

import asyncio
import socket
import threading
from typing import Any

import msgspec

from chat.tests.nextjs.conftest import OpenTab, OpenTabs, Serve
from chat.tests.nextjs.tab import EVERYWHERE, PATHS, REWRITE
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at

PEOPLE = 10
BESIDE = PATHS * 2  # more tabs of each; a browser has six connections to a server
SILENT_SECONDS = 35  # a rewrite of Next.js gives up after 30
PATIENCE_SECONDS = 180  # until all have asked; beside other tests a browser is slow
WORDS = "One two three four five six seven."


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
        assert self.may_go_on.wait(PATIENCE_SECONDS + 2 * SILENT_SECONDS)


async def test_fifty_streams_at_once_survive_a_long_silence(
    open_tab: OpenTab,
    open_tabs: OpenTabs,
    serve: Serve,
    settings: Any,
    start: str,
    dev: str,
) -> None:
    people = await open_tabs(start, (EVERYWHERE * 2)[:PEOPLE])
    tabs = list(people)
    for path in BESIDE:
        opening = (open_tab(start, path, beside=person) for person in people)
        tabs += await asyncio.gather(*opening)
    assert len(tabs) == 50
    tabs += await open_tabs(dev, REWRITE * 2)
    silent = Silent()
    scripts = [silent.at_first, silent.amid_it] * (len(tabs) // 2)
    with scripted(*scripts) as base_url:
        point_at(settings, base_url)
        with serve():
            try:
                await asyncio.gather(*(tab.ask("Hello") for tab in tabs))
                for _ in tabs:
                    asked = silent.asked.acquire
                    assert await asyncio.to_thread(asked, timeout=60)
                await asyncio.sleep(SILENT_SECONDS)
            finally:
                silent.may_go_on.set()
            for tab in tabs:
                assert await tab.finished(90) == WORDS
                assert not await tab.error.count()
