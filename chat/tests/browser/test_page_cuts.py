"""The page on a network that cuts every stream: nothing is lost, or asked twice."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from chat.tests.browser.chat_page import ChatPage, said
from chat.tests.cutting import cutting
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

SLOWLY = "sim:takes=2"


async def test_a_reload_on_it_shows_all_of_the_answer(
    page: Page, service: Service, zai: Any, settings: Any
) -> None:
    settings.CHAT_PAGE = "all"
    with cutting(service.url, most=12_000) as (url, proxy):
        chat = ChatPage(page, url)
        await chat.open()
        await chat.begin(SLOWLY)
        await expect(said(chat.answers)).not_to_be_empty()
        await chat.reload()
        await chat.ended(chat.answers)
        assert zai.state()["total"] == 1
        text = await said(chat.answers).inner_text()
        await page.close()
    assert proxy.cuts
    direct = ChatPage(await page.context.new_page(), service.url)
    await direct.open()
    assert await said(await direct.ask(SLOWLY)).inner_text() == text
    assert chat.faults == []


async def test_three_tabs_on_it_show_the_same(
    page: Page, service: Service, zai: Any, settings: Any
) -> None:
    """Whichever answers is reloaded, and another goes on."""
    settings.CHAT_PAGE = "all"
    with cutting(service.url, most=12_000) as (url, proxy):
        tabs = [ChatPage(page, url)]
        await tabs[0].open()
        await tabs[0].begin(SLOWLY)
        await expect(said(tabs[0].answers)).not_to_be_empty()
        fragment = "#" + page.url.partition("#")[2]
        for _ in range(2):
            tabs.append(ChatPage(await page.context.new_page(), url))
            await tabs[-1].open(fragment)
        for tab in tabs[:2]:
            await tab.reload()
        await asyncio.gather(*(tab.ended(tab.answers) for tab in tabs))
        texts = {await said(tab.answers).inner_text() for tab in tabs}
        assert zai.state()["total"] == 1
        for tab in tabs:
            await tab.page.close()
    assert proxy.cuts
    direct = ChatPage(await page.context.browser.new_page(), service.url)
    await direct.open()
    assert texts == {await said(await direct.ask(SLOWLY)).inner_text()}
    await direct.page.context.close()
    assert [tab.faults for tab in tabs] == [[], [], []]
