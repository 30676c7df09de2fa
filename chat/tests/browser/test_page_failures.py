"""Failures on the page: each is marked, said in a sentence, and can be tried again."""

from typing import Any

import pytest
from playwright.async_api import expect

from chat.simulator.scenarios import TABLE
from chat.tests.browser.chat_page import ChatPage, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def test_a_refused_answer_says_why_and_can_be_tried_again(
    chat: ChatPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.gate.closing.FIRST_PAUSE", 0.0)  # it may be asked at once
    answer = await chat.ask("sim:error=1113")
    failure = answer.locator(".ending.is-failure")
    await expect(failure).to_contain_text("Its operator has to see to it.")
    await expect(failure).to_contain_text("Status 502, code 1113")
    await expect(answer.locator(".request-id")).to_contain_text("req_")
    await expect(chat.page.locator("#announcer")).to_contain_text("operator")
    async with chat.page.expect_response("**/api/chat"):
        await chat.button("Retry").click()
    await expect(chat.button("Retry")).to_be_visible()
    await expect(chat.button("Ask")).to_be_visible()
    await expect(chat.answers).to_have_count(1)
    await chat.ask("Hello")
    assert chat.asked[0]["messages"] == chat.asked[1]["messages"]
    contents = [message["content"] for message in chat.asked[2]["messages"]]
    assert contents == ["sim:error=1113", "Hello"]
    limited = await chat.ask("sim:error=1308 sim:reset-in=3600")
    await expect(limited).to_contain_text("worth trying in 60 min")


async def test_an_answer_that_is_not_whole_does_not_look_finished(
    chat: ChatPage,
) -> None:
    for word, sentence, is_failure in (
        ("sim:cut=3", "Broken off: ", True),
        ("sim:network-error", "Broken off: ", True),
        ("sim:length", "Cut off: the limit of tokens", False),
        ("sim:sensitive", "Cut off: Z.AI found the content sensitive.", False),
    ):
        answer = await chat.ask(f"sim:events=9 {word}")
        await expect(answer.locator(".ending")).to_contain_text(sentence)
        failures = answer.locator(".ending.is-failure")
        await expect(failures).to_have_count(int(is_failure))
        await expect(said(answer)).not_to_be_empty()
    await chat.reload()
    endings = chat.answers.locator(".ending")
    await expect(endings).to_contain_text(["Broken off", "Broken off", "Cut", "Cut"])


async def test_a_server_that_is_gone_is_a_sentence(chat: ChatPage) -> None:
    await chat.page.route("**/api/chat", lambda route: route.abort())
    answer = await chat.ask("Hello")
    await expect(answer).to_contain_text("The server cannot be reached.")
    await chat.page.unroute("**/api/chat")
    await chat.button("Retry").click()
    await expect(said(chat.answers)).not_to_be_empty()


async def test_the_failures_are_a_menu_for_the_keyboard(chat: ChatPage) -> None:
    await expect(chat.page.locator(".badge")).to_have_text("Simulator")
    menu = chat.page.get_by_role("dialog", name="What the simulator can play")
    await chat.button("Failures").press("Enter")
    await expect(menu.get_by_role("button")).to_have_count(len(TABLE))
    await chat.page.keyboard.type("drops the connection after")
    await expect(menu.get_by_role("button")).to_have_count(1)
    await chat.page.keyboard.press("ArrowDown")
    await chat.page.keyboard.press("Enter")
    await expect(menu).to_be_hidden()
    await expect(chat.answers).to_contain_text("Broken off")
    assert chat.asked[0]["messages"][0]["content"] == "sim:cut=5"
    # With something in the box the word is added to it.
    await chat.question.fill("Hello")
    await chat.button("Failures").click()
    await menu.get_by_role("button", name="sim:length").click()
    await expect(chat.question).to_have_value("Hello sim:length")
    await expect(chat.question).to_be_focused()


async def test_what_is_too_large_is_not_sent_and_not_lost(
    chat: ChatPage, settings: Any
) -> None:
    settings.CHAT_MAX_BODY_BYTES = 1000
    await chat.reload()
    await chat.question.fill("x" * 2000)
    await chat.question.press("Enter")
    await expect(chat.notices).to_contain_text("the server takes at most 0.0 MB")
    await expect(chat.question).to_have_value("x" * 2000)
    assert chat.asked == [] and await chat.answers.count() == 0
