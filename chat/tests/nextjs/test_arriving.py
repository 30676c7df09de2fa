"""Words are to be read as they come, whatever lies between."""

import asyncio
import itertools
import re
import statistics
from typing import Any

import httpx

from chat.tests.frames import text_of
from chat.tests.nextjs.conftest import OpenTab, OpenTabs
from chat.tests.nextjs.tab import EVERYWHERE, REWRITE, Tab
from chat.tests.serving import Service

SLOWLY = "sim:events=24 sim:trickle=0.2"


def words(text: str) -> list[str]:
    """What is left of Markdown when it is rendered."""
    return re.findall(r"\w+", text)


async def past_next_js(service: Service, text: str) -> list[str]:
    """The words of the answer to a question that was put to the service itself."""
    body = {"messages": [{"role": "user", "content": text}]}
    async with httpx.AsyncClient(timeout=90, trust_env=False) as client:
        answer = await client.post(f"{service.url}/api/chat", json=body)
    return words(text_of(answer.content))


async def test_words_arrive_one_by_one(
    open_tabs: OpenTabs, service: Service, start: str, dev: str
) -> None:
    tabs = await open_tabs(start, EVERYWHERE) + await open_tabs(dev, REWRITE)
    expected = asyncio.create_task(past_next_js(service, SLOWLY))
    await asyncio.gather(*(tab.ask(SLOWLY) for tab in tabs))
    for tab in tabs:
        assert words(await tab.finished()) == await expected
        await came_one_by_one(tab)
        await could_have_been_compressed(tab)


async def came_one_by_one(tab: Tab) -> None:
    states = await tab.states()
    assert len(states) > 8
    for earlier, later in itertools.pairwise(states):
        *known, _ = words(earlier.text)  # of the last there may be more
        assert words(later.text)[: len(known)] == known
    took = states[-1].at - states[0].at
    assert took > 1.5
    assert sum(state.at < states[0].at + took / 2 for state in states) > 3


async def could_have_been_compressed(tab: Tab) -> None:
    [response] = tab.responses
    assert "gzip" in (await response.request.all_headers())["accept-encoding"]
    assert "content-encoding" not in await response.all_headers()


async def test_the_first_word_is_on_the_page_soon_after_z_ai_has_sent_it(
    open_tab: OpenTab, service: Service, zai: Any, start: str
) -> None:
    """How soon, `python -m benchmarks.browser` tells; a machine under tests cannot."""
    tab, took = await open_tab(start), []
    for _ in range(20):
        await tab.open(start)
        seen = await tab.first_word("sim:events=3")
        took.append(seen - zai.state()["requests"][-1]["answered"])
    assert statistics.median(took) < 1
