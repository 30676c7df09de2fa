"""What fails says so on the page, and can be tried again."""

import asyncio
from typing import Any

import msgspec
import pytest
from playwright.async_api import expect

from chat.tests.nextjs.conftest import OpenTab, OpenTabs, Serve
from chat.tests.nextjs.tab import EVERYWHERE, PATHS, REWRITE, Tab
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at


def event(text: str = "", **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, **more}
    return b"data: %b\n\n" % msgspec.json.encode({"id": "1", "choices": [choice]})


BROKEN = answering(event("Half"), event(" of it"))
WHOLE = answering(event("All of it"), event(finish_reason="stop"), b"data: [DONE]\n\n")


async def test_errors_show_their_sentence(
    open_tabs: OpenTabs, service: Service, settings: Any, start: str
) -> None:
    settings.ZAI_MAX_TRIES = 1
    tabs = await open_tabs(start, EVERYWHERE)
    # Who has no balance is not asked again for a while: it comes last.
    for text in ("sim:error=1301", "sim:error=1305", "sim:error=1113"):
        sentence = service.post(text).json()["detail"]
        for tab in tabs:
            await tab.ask(text)
            await expect(tab.error).to_contain_text(sentence)
            assert "{" not in await tab.sentence()


async def test_an_answer_that_broke_off_keeps_its_words_and_says_so(
    open_tabs: OpenTabs, service: Service, start: str, dev: str
) -> None:
    tabs = await open_tabs(start, REWRITE) + await open_tabs(dev, REWRITE)
    await asyncio.gather(*(tab.ask("sim:cut=3 sim:events=9") for tab in tabs))
    for tab in tabs:
        assert await tab.finished()
        assert "The connection to Z.AI broke off." in await tab.sentence()
        await expect(tab.page.get_by_text("This answer broke off.")).to_be_visible()


async def test_an_answer_that_broke_off_can_be_had_again(
    open_tab: OpenTab, serve: Serve, settings: Any, start: str
) -> None:
    for path in PATHS:
        with scripted(BROKEN, WHOLE) as base_url:
            point_at(settings, base_url)
            with serve():
                tab = await open_tab(start, path)
                await tab.ask("Hello")
                await expect(tab.error).to_be_visible()
                assert await tab.finished() == "Half of it"
                await tab.press("Retry")
                await expect(tab.answer).to_have_text("All of it")
                await nothing_is_wrong(tab)


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        ("length", "too long"),
        ("context-exceeded", "too long"),
        ("sensitive", "sensitive"),
        ("empty", "nothing but thoughts"),
    ],
)
async def test_an_answer_that_was_cut_off_says_why(
    open_tabs: OpenTabs, service: Service, start: str, scenario: str, why: str
) -> None:
    tabs = await open_tabs(start, REWRITE)
    await asyncio.gather(*(tab.ask(f"sim:{scenario}") for tab in tabs))
    for tab in tabs:
        ending = tab.page.locator("[data-role=assistant] .ending")
        await expect(ending).to_contain_text(why, timeout=40_000)
        assert scenario == "empty" or await tab.finished()
        assert not await tab.error.count()


async def test_a_service_that_was_away_can_be_asked_again(
    open_tabs: OpenTabs, serve: Serve, start: str
) -> None:
    tabs = await open_tabs(start, EVERYWHERE)
    await asyncio.gather(*(tab.ask("Hello") for tab in tabs))
    for tab in tabs:
        assert "<" not in await tab.sentence()
    with serve():
        await asyncio.gather(*(tab.press("Retry") for tab in tabs))
        for tab in tabs:
            await nothing_is_wrong(tab)
            assert await tab.finished()


async def nothing_is_wrong(tab: Tab) -> None:
    await expect(tab.error).to_have_count(0)
    await expect(tab.page.locator("[data-role=user]")).to_have_count(1)
    await expect(tab.page.locator("[data-role=assistant]")).to_have_count(1)
