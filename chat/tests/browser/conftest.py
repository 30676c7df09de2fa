"""A real browser, for what only a browser can tell."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from chat.tests.browser.begun import begin
from chat.tests.browser.chat_page import ChatPage, Says
from chat.tests.browser.chromium import CHROMIUM, MILLISECONDS, QUIET
from chat.tests.serving import Service, point_at, service_for, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Started once by each worker; whoever uses it runs on the loop of the session."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    async with async_playwright() as playwright:
        begin()
        yield await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Nothing that was opened in it is left to the next test."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> Page:
    """An empty page; what it throws or logs as an error fails no test by itself."""
    context = await browser.new_context()  # which a test may open more pages in
    page = await context.new_page()
    page.set_default_timeout(MILLISECONDS)
    return page


@pytest_asyncio.fixture(loop_scope="session")
async def chat(page: Page, service: Service, settings: Any) -> AsyncIterator[ChatPage]:
    """The page to chat on, on the simulator; at the end it must be without a fault."""
    settings.CHAT_PAGE = "all"
    chat = ChatPage(page, service.url)
    await chat.open()
    yield chat
    assert chat.faults == []


@pytest.fixture
def says(settings: Any) -> Iterator[Says]:
    """Z.AI, saying what a test has it say."""
    says = Says()
    with serving(says, lifespan="off") as url:
        point_at(settings, f"{url}/v4")
        yield says
        says.may_end.set()


@pytest_asyncio.fixture(loop_scope="session")
async def told(page: Page, says: Says, settings: Any) -> AsyncIterator[ChatPage]:
    """The page to chat on, answered by `says`."""
    settings.CHAT_PAGE = "all"
    with service_for() as service:
        chat = ChatPage(page, service.url)
        await chat.open()
        yield chat
        await page.close()
    assert chat.faults == []
