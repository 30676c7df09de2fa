"""Where the reader writes, and what is above it on the smallest of phones."""

import asyncio

from playwright.async_api import expect

from chat.tests.nextjs.conftest import OpenTab, OpenTabs
from chat.tests.nextjs.tab import REWRITE
from chat.tests.nextjs.test_leaving import LONG
from chat.tests.serving import Service


async def test_stop_does_not_send_what_is_being_written(
    open_tabs: OpenTabs, service: Service, start: str
) -> None:
    tabs = await open_tabs(start, REWRITE)
    await asyncio.gather(*(tab.ask(LONG) for tab in tabs))
    for tab in tabs:
        await tab.until_answered()
        draft = tab.page.get_by_role("textbox", name="Message")
        await draft.fill("And then")
        await tab.press("Stop")
        await expect(draft).to_have_value("And then", timeout=5000)
        await expect(tab.page.get_by_text("You stopped this answer.")).to_be_visible()
        assert await tab.page.locator("[data-role=user]").count() == 1


async def test_the_header_of_a_small_phone_breaks_no_words(
    open_tab: OpenTab, start: str
) -> None:
    page = (await open_tab(start)).page
    await page.set_viewport_size({"width": 320, "height": 568})
    header = page.get_by_role("banner")
    words = header.get_by_role("link").or_(header.get_by_text("Way", exact=True))
    choice = header.get_by_role("combobox")
    for shown in await words.or_(choice).all():
        box = await shown.bounding_box()
        assert box and box["height"] < 45
        assert box["x"] + box["width"] <= 320
