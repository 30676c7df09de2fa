"""The page on a network that cuts every stream: nothing is lost, or asked twice."""

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
