"""The models on the page: what can be asked of each, and what the starters get."""

from typing import Any

import pytest
from playwright.async_api import expect

from chat.tests.browser.chat_page import ChatPage, said
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("model", "offered"),
    [
        ("glm-4.6", ["default", "on", "off"]),
        ("glm-5.2", ["default", "high", "max", "off"]),
        ("glm-5.3", ["default", "low", "high", "max"]),
    ],
)
async def test_the_thinking_that_a_model_has_is_offered(
    chat: ChatPage, model: str, offered: list[str]
) -> None:
    await chat.page.locator("#model").select_option(model)
    options = chat.page.locator("#thinking option")
    await expect(options).to_have_text([f"Thinking: {choice}" for choice in offered])


async def test_what_an_answer_may_have_is_what_the_model_is_allowed(
    chat: ChatPage,
) -> None:
    limit = chat.page.locator("#max-tokens")
    await expect(limit).to_have_attribute("placeholder", "2048")
    await chat.page.locator("#model").select_option("glm-5.3")
    await expect(limit).to_have_attribute("placeholder", "18432")
    await chat.page.locator("#thinking").select_option("low")
    await expect(limit).to_have_attribute("placeholder", "6144")
    await chat.page.locator("#model").select_option("glm-4-32b-0414-128k")
    await expect(limit).to_have_attribute("max", "16384")
    await chat.page.locator("#model").select_option("glm-5.3")
    answer = await chat.ask("sim:length Hello")
    raised = answer.get_by_role("button", name="Ask again with up to 24,576 tokens")
    await expect(raised).to_be_visible()


async def test_an_effort_is_asked_for_while_the_model_has_it(chat: ChatPage) -> None:
    page = chat.page
    await page.locator("#model").select_option("glm-5.3")
    await page.locator("#thinking").select_option("low")
    await chat.ask("Hello")
    await page.locator("#model").select_option("glm-4-32b-0414-128k")
    await expect(page.locator("#thinking")).to_be_disabled()
    await chat.ask("Hello again")
    assert chat.asked[0]["reasoning_effort"] == "low"
    assert {"reasoning_effort", "thinking"}.isdisjoint(chat.asked[1])


@pytest.mark.parametrize(
    ("starter", "found"),
    [
        ("Write a poem", "What the Sea Keeps"),
        ("Compare the planets", "Neptune"),
        ("Write Python code", "Counter"),
        ("Explain", "text/event-stream"),
    ],
)
async def test_a_starter_gets_what_it_asks_for(
    chat: ChatPage, starter: str, found: str
) -> None:
    await chat.page.locator("#welcome").get_by_role("button", name=starter).click()
    answer = chat.answers.first
    await chat.ended(answer)
    await expect(said(answer)).to_contain_text(found)
    await expect(said(answer)).not_to_contain_text("simulator")


async def test_an_answer_that_was_all_thoughts_says_so(
    chat: ChatPage, service: Service
) -> None:
    page = chat.page
    await page.locator("#model").select_option("glm-5.3")
    await chat.button("Settings").click()
    await page.get_by_label("Most tokens of an answer").fill("30")
    await page.keyboard.press("Escape")
    answer = await chat.ask("Why is the sky blue?")
    await expect(answer.locator(".ending")).to_contain_text("Only thoughts")
    await expect(page.locator("#announcer")).to_contain_text("Only thoughts")
    ended: Any = service.ended()
    assert (ended.answer, ended.finish_reason) == ("empty", "length")
