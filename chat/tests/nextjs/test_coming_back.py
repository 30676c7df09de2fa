"""A reload in mid-answer goes on by itself, whatever lies between."""

import asyncio
from typing import Any

import httpx
from playwright.async_api import expect

from chat.tests.answers.returning import use_chat
from chat.tests.cutting import cutting
from chat.tests.nextjs.conftest import OpenTabs
from chat.tests.nextjs.tab import WAYS, Tab
from chat.tests.nextjs.test_arriving import past_next_js, words
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS, eventually

SLOWLY = "sim:events=50 sim:trickle=0.1"
NEVER = "sim:events=90 sim:trickle=0.5"
USE_CHAT = [("/use-chat", way) for way in WAYS]


async def test_a_reload_goes_on_and_asks_nothing_of_z_ai(
    open_tabs: OpenTabs, service: Service, zai: Any, start: str
) -> None:
    expected = asyncio.create_task(past_next_js(service, SLOWLY))
    tabs = await open_tabs(start, USE_CHAT)
    await asyncio.gather(*(tab.ask(SLOWLY) for tab in tabs))
    for _ in range(2):
        await asyncio.gather(*(reload_in_mid_answer(tab) for tab in tabs))
    for tab in tabs:
        assert words(await tab.finished()) == await expected
        assert await tab.page.get_by_test_id("answer").count() == 1
        assert not await tab.error.count()
        await tab.reload()  # nothing is asked for that is over
        assert words(await tab.finished()) == await expected
        assert await tab.page.get_by_test_id("answer").count() == 1
    assert zai.state()["total"] == len(tabs) + 1
    endings = [service.ended().ending for _ in range(len(tabs) + 1)]
    assert endings == ["completed"] * len(endings)


async def test_a_stop_after_a_reload(
    open_tabs: OpenTabs, service: Service, zai: Any, start: str
) -> None:
    tabs = await open_tabs(start, USE_CHAT)
    await asyncio.gather(*(tab.ask(NEVER) for tab in tabs))
    await asyncio.gather(*(reload_in_mid_answer(tab) for tab in tabs))
    for tab in tabs:
        await tab.press("Stop")
        assert await tab.finished()
    await asyncio.to_thread(zai.wait, lambda state: not state["open"])
    assert [service.ended().ending for _ in tabs] == ["stopped"] * len(tabs)


async def reload_in_mid_answer(tab: Tab) -> None:
    await tab.until_answered()
    await tab.reload()
    stop = tab.page.get_by_role("button", name="Stop", exact=True)
    await expect(stop).to_have_count(1)
    await tab.until_answered()


async def test_a_network_that_cuts(
    open_tabs: OpenTabs, service: Service, zai: Any, start: str
) -> None:
    expected = asyncio.create_task(past_next_js(service, SLOWLY))
    with cutting(start, most=1_500) as (site, proxy):
        tabs = await open_tabs(site, USE_CHAT[:2])
        await asyncio.gather(*(tab.ask(SLOWLY) for tab in tabs))
        await asyncio.to_thread(eventually, lambda: proxy.cuts >= len(tabs))
        proxy.most = 100_000
        for tab in tabs:
            await tab.page.get_by_text(" tokens in, ").wait_for()  # it is at its end
            assert words(await tab.finished()) == await expected
            assert await tab.page.get_by_test_id("answer").count() == 1
            assert not await tab.error.count()
            await tab.page.close()
    assert zai.state()["total"] == len(tabs) + 1


async def test_the_route_handler_hands_on_by_what_one_is_known(
    service: Service, start: str, cookie: str
) -> None:
    def someone() -> httpx.AsyncClient:
        headers = {"Cookie": cookie}
        return httpx.AsyncClient(
            base_url=start, headers=headers, timeout=SECONDS, trust_env=False
        )

    async with someone() as client, someone() as stranger:
        asked = await client.post("/handler/chat", json=use_chat("Hello"))
        assert asked.headers["x-workflow-run-id"] == asked.headers["x-request-id"]
        browser = asked.headers["set-cookie"].partition(";")[0]
        assert browser.startswith("chat_browser=")
        path = "/handler/chat/chat1/stream"
        both = {"Cookie": f"{cookie}; {browser}"}
        again = await client.get(path, headers=both)
        assert again.content == asked.content
        tail = await client.get(path, headers=both, params={"startIndex": "-1"})
        assert again.content.endswith(tail.content)
        assert tail.headers["x-workflow-stream-tail-index"]
        assert (await stranger.get(path)).status_code == 204
