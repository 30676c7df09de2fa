"""The page for everyone: by keyboard, by ear, on a phone, in the dark."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from chat.tests.browser.chat_page import ChatPage, Says, said
from chat.tests.browser.chromium import MILLISECONDS
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture(loop_scope="session")
async def phone(
    browser: Browser, service: Service, settings: Any
) -> AsyncIterator[ChatPage]:
    settings.CHAT_PAGE = "all"
    page = await browser.new_page(
        viewport={"width": 360, "height": 700},
        is_mobile=True,
        has_touch=True,
        color_scheme="dark",
    )
    page.set_default_timeout(MILLISECONDS)
    chat = ChatPage(page, service.url)
    await chat.open()
    yield chat
    assert chat.faults == []


async def test_a_conversation_needs_the_keyboard_only(chat: ChatPage) -> None:
    keyboard = chat.page.keyboard
    await expect(chat.question).to_be_focused()
    await keyboard.type("sim:events=3 Hello")
    await keyboard.press("Shift+Enter")
    await keyboard.type("there")
    await keyboard.press("Enter")
    await expect(chat.answers).to_have_attribute("aria-busy", "false")
    assert chat.asked[0]["messages"][0]["content"] == "sim:events=3 Hello\nthere"
    await expect(chat.question).to_be_focused()
    await keyboard.press("Shift+Tab")
    await keyboard.press("/")
    await expect(chat.question).to_be_focused()
    await expect(chat.question).to_have_value("")
    await chat.button("Edit the question").focus()
    await keyboard.press("Enter")
    await keyboard.press("Escape")
    await expect(chat.button("Edit the question")).to_be_focused()
    await chat.button("Settings").focus()
    await keyboard.press("Enter")
    await keyboard.press("Escape")
    await expect(chat.button("Settings")).to_be_focused()
    await keyboard.press("Control+k")
    await expect(chat.question).to_be_focused()
    await chat.reload()
    await chat.page.get_by_role("link", name="Skip to the question").focus()
    await keyboard.press("Enter")
    await expect(chat.question).to_be_focused()
    await expect(chat.answers).to_have_count(1)
    assert chat.page.url.endswith((await chat.conversations.get_attribute("href"))[1:])


async def test_beginning_and_end_are_announced_and_no_single_word(
    told: ChatPage, says: Says
) -> None:
    # No simulator, so nothing is said of one.
    await expect(told.page.locator(".badge")).to_be_hidden()
    await expect(told.button("Failures")).to_be_hidden()
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    announcer = told.page.locator("#announcer")
    answer = await told.begin("Hello")
    await expect(announcer).to_have_text("The answer is being written.")
    says.may_end.set()
    await expect(announcer).to_have_text("The answer is complete.")
    live = "[aria-live], [role=status], [role=alert], [role=log]"
    spoken = await told.page.locator(live).all_inner_texts()
    assert not any("The beginning" in text for text in spoken)
    for name in ("banner", "navigation", "main"):
        await expect(told.page.get_by_role(name)).to_be_visible()  # type: ignore[arg-type]
    await expect(answer.get_by_role("heading", name="Answer")).to_have_count(1)


async def test_a_phone_has_a_drawer_and_nothing_is_wider_than_it(
    phone: ChatPage,
) -> None:
    for question in ("Compare the planets in a table", "Write SQL code", "y" * 500):
        await phone.question.fill(question)
        await phone.button("Ask").tap()
        await expect(phone.button("Ask")).to_be_visible()
        await phone.ended(phone.answers.last)
    assert await phone.page.evaluate(WIDE) == []
    assert await phone.page.evaluate(SMALL) == []
    drawer = phone.page.get_by_role("navigation", name="Conversations")
    await expect(drawer).to_be_hidden()
    await phone.button("Conversations").tap()
    await expect(drawer).to_be_visible()
    await phone.page.get_by_role("link", name="New conversation").tap()
    await expect(drawer).to_be_hidden()
    await expect(phone.answers).to_have_count(0)


# What stands out of the screen, unless something around it scrolls.
WIDE = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const isOut = element.getBoundingClientRect().right > 361;
  return isOut && element.checkVisibility() &&
    !element.closest(".table-frame, .code-frame, .call-text, .unseen");
}).map((element) => element.outerHTML.slice(0, 100)).concat(
  innerWidth > 360 || document.documentElement.scrollWidth > 360 ? ["the page"] : [])"""
# What a finger would miss.
SMALL = """() => [...document.querySelectorAll("button, select, a")].filter((one) => {
  const { width, height } = one.getBoundingClientRect();
  return one.checkVisibility({ visibilityProperty: true }) &&
    !one.matches(".skip, .markdown a") && Math.min(width, height) < 36;
}).map((one) => one.outerHTML.slice(0, 100))"""


async def test_light_and_dark_follow_the_system_until_one_is_chosen(
    chat: ChatPage,
) -> None:
    page = chat.page

    async def brightness() -> int:
        colour = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"
        return int(await page.evaluate(colour))

    await page.emulate_media(color_scheme="dark")
    assert await brightness() < 60
    await page.emulate_media(color_scheme="light")
    assert await brightness() > 200
    await chat.button("Theme: as the system").click()
    await chat.button("Theme: light").click()
    assert await brightness() < 60
    await chat.reload()
    assert await brightness() < 60
    await expect(chat.button("Theme: dark")).to_be_visible()


async def test_copying_works_where_there_is_no_clipboard(chat: ChatPage) -> None:
    """Browsers have none on pages over plain http."""
    await chat.page.add_init_script("delete Navigator.prototype.clipboard")
    await chat.reload()
    answer = await chat.ask("sim:events=3 Hello")
    await answer.get_by_role("button", name="Copy the answer").click()
    await chat.question.focus()
    await chat.page.keyboard.press("Control+v")
    assert (await chat.question.input_value()).strip()
    assert (await said(answer).inner_text()).startswith(
        (await chat.question.input_value()).strip()[:5]
    )
