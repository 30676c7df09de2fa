"""The page in both languages, light and dark, large and small: axe finds nothing."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Response, expect

from chat.tests.browser.chat_page import ChatPage
from chat.tests.browser.chromium import MILLISECONDS
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

LOADED = 440_000  # bytes, at most, until there is an answer with a formula or code


async def opened(browser: Browser, service: Service, **context: Any) -> ChatPage:
    # axe is a script that is put in; the page's policy forbids that, and keeps to it
    # in the other tests.
    page = await browser.new_page(bypass_csp=True, **context)
    page.set_default_timeout(MILLISECONDS)
    chat = ChatPage(page, service.url)
    await chat.open()
    return chat


async def found_by_axe(chat: ChatPage) -> list[str]:
    violations = (await Axe().run(chat.page)).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations]


async def test_an_english_page_is_dark_and_small_and_axe_finds_nothing(
    browser: Browser, service: Service, settings: Any
) -> None:
    settings.CHAT_PAGE = "all"
    size = {"width": 390, "height": 844}
    chat = await opened(browser, service, color_scheme="dark", viewport=size)
    assert await found_by_axe(chat) == []
    answer = await chat.ask("sim:rate=1000 Solve a math equation")
    await answer.locator("math").first.wait_for()
    await chat.ask("sim:length Write a story")
    await chat.button("Answer again").last.click()
    await chat.button("Earlier version").wait_for()
    assert await found_by_axe(chat) == []
    await chat.page.set_viewport_size({"width": 844, "height": 390})
    box = await chat.page.locator("#scroller").bounding_box()
    assert box is not None and box["height"] > 240
    assert chat.faults == []


async def test_a_chinese_page_says_failures_by_their_code(
    browser: Browser, service: Service, settings: Any
) -> None:
    settings.CHAT_PAGE = "all"
    chat = await opened(browser, service, locale="zh-CN")
    page = chat.page
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("#welcome")).to_contain_text("你想知道什么？")
    assert await found_by_axe(chat) == []
    await page.locator("#question").fill("sim:error=1113")
    await page.locator("#question").press("Enter")
    await expect(page.locator(".ending.is-failure")).to_contain_text("账户余额不足")
    await expect(page.locator(".ending.is-failure")).to_contain_text("状态 502")
    await page.get_by_role("button", name="English").click()
    await chat.ready()
    await expect(chat.question).to_be_visible()
    await expect(page.locator(".ending.is-failure")).to_contain_text("operator")
    await chat.button("中文").click()
    await chat.ready()
    await expect(page.get_by_role("button", name="重试")).to_be_visible()
    assert chat.faults == []


async def test_opening_the_page_loads_little(
    browser: Browser, service: Service, settings: Any
) -> None:
    settings.CHAT_PAGE = "all"
    page = await browser.new_page()
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    await ChatPage(page, service.url).open()
    assert sum([len(await one.body()) for one in loaded]) < LOADED
    later = ("katex", "highlight", "archive.js", "words_zh.js")
    assert not [one.url for one in loaded if any(name in one.url for name in later)]
