"""Fifty people at once, and forty seconds in which Z.AI says nothing."""

import asyncio
from typing import Any

from chat.tests.nextjs.conftest import OpenTab, OpenTabs
from chat.tests.nextjs.tab import EVERYWHERE, PATHS, REWRITE
from chat.tests.nextjs.test_arriving import past_next_js, words
from chat.tests.serving import Service

PEOPLE = 10
BESIDE = PATHS * 2  # more tabs of each; a browser has six connections to a server
SILENT = (
    "sim:stall=40@3 sim:events=30 sim:rate=10",
    "sim:slow-headers=40 sim:events=30 sim:rate=10",
)


async def test_fifty_streams_at_once_survive_forty_seconds_of_silence(
    open_tab: OpenTab,
    open_tabs: OpenTabs,
    service: Service,
    zai: Any,
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
    asked = {tab: SILENT[number // 2 % 2] for number, tab in enumerate(tabs)}
    expected = {t: asyncio.create_task(past_next_js(service, t)) for t in SILENT}
    await asyncio.gather(*(tab.ask(text) for tab, text in asked.items()))
    everybody = len(tabs) + len(expected)
    # None of them can be at its end before 40 seconds are over.
    await asyncio.to_thread(zai.wait, lambda state: state["open"] == everybody, 30)
    for tab, text in asked.items():
        assert words(await tab.finished(90)) == await expected[text]
        assert not await tab.error.count()
