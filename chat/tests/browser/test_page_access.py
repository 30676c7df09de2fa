"""The page on a service that is locked: it says who asks, and what is refused."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from chat.tests.admin.people import logged_in
from chat.tests.browser.chat_page import ChatPage, said
from chat.tests.locked import lock
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def test_the_page_is_let_in_and_nobody_else(
    chat: ChatPage, service: Service, settings: Any
) -> None:
    lock(settings)
    await chat.reload()
    await expect(said(await chat.ask("Hello"))).not_to_be_empty()
    assert service.post("Hello").status_code == 401


async def test_a_token_that_has_run_out_is_replaced(
    chat: ChatPage, settings: Any
) -> None:
    lock(settings)
    await chat.reload()
    settings.SECRET_KEY = "another" * 10
    await expect(said(await chat.ask("Hello"))).not_to_be_empty()
    assert f"{chat.url}/page/token" in chat.addresses
    await chat.page.evaluate("Date.now = () => 1e15")
    chat.addresses.clear()
    await chat.ask("Hello")
    assert f"{chat.url}/page/token" in chat.addresses
    assert len(chat.asked) == 3


@pytest.fixture
def cookies(service: Service, settings: Any) -> list[dict[str, str]]:
    """Of somebody of the staff; over plain http a browser takes no `__Host-` names."""
    settings.SESSION_COOKIE_NAME = "sessionid"
    with logged_in(service.url, "ada") as browser:
        found = browser.cookies.items()
    return [{"name": n, "value": v, "url": service.url} for n, v in found]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "You are not logged in any more."), ("zh", "登录已失效")],
)
async def test_who_is_logged_out_is_told(
    page: Page,
    service: Service,
    settings: Any,
    cookies: list[Any],
    language: str,
    sentence: str,
) -> None:
    lock(settings)
    settings.CHAT_PAGE, settings.SESSION_COOKIE_SECURE = "staff", False
    await page.context.add_cookies(cookies)
    script = f"localStorage.setItem('chat-page.language', '{language}')"
    await page.add_init_script(script)
    chat = ChatPage(page, service.url)
    await chat.open()
    question = page.locator("#question")
    await question.fill("Hello")
    await question.press("Enter")
    await expect(page.locator("article .markdown").last).not_to_be_empty()
    await page.context.clear_cookies()
    settings.SECRET_KEY = "another" * 10
    await question.fill("Hello")
    await question.press("Enter")
    await expect(page.locator(".ending.is-failure")).to_contain_text(sentence)
    assert chat.faults == []


async def test_a_limit_says_when_to_come_again(chat: ChatPage, settings: Any) -> None:
    settings.CHAT_OPEN_REQUESTS_PER_MINUTE = 1
    await chat.ask("Hello")
    limited = await chat.ask("Hello")
    await expect(limited).to_contain_text("1 times a minute")
    await expect(limited).to_contain_text("worth trying in")
    await expect(chat.button("Retry")).to_be_visible()


async def test_a_budget_that_is_spent_offers_no_retry(
    chat: ChatPage, settings: Any
) -> None:
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0.000001
    spent = await chat.ask("Hello")
    await expect(spent).to_contain_text("It is new at")
    await expect(spent).to_contain_text("Status 429, code budget_spent")
    await expect(spent).to_contain_text("worth trying in")
    await expect(chat.button("Retry")).to_have_count(0)
