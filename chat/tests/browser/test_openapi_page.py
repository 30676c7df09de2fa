"""The page to read the description, and to try it, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from chat.tests.browser.chromium import MILLISECONDS
from chat.tests.serving import Service

WHOLE = 'data: {"data": "[DONE]"}'


@pytest.mark.once
async def test_the_page_tries_the_example_out(service: Service, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    await page.emulate_media(color_scheme="dark")

    await page.goto(f"{service.url}/api/docs")
    await page.click("#operations-chat-chat .opblock-summary-control")
    await page.click(".try-out__btn")
    await page.click(".execute")

    answer = page.locator(".live-responses-table")
    await expect(answer).to_contain_text(WHOLE, timeout=MILLISECONDS)
    assert complaints == []
    assert await page.locator("html.dark-mode").count() == 1
    await page.emulate_media(color_scheme="light")
    await expect(page.locator("html.dark-mode")).to_have_count(0)
