"""Conversations are kept in the browser: over reloads, tabs and accidents."""

import asyncio
import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from chat.tests.browser.chat_page import ChatPage, Says, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def another_tab(chat: ChatPage, fragment: str = "") -> ChatPage:
    page = await chat.page.context.new_page()
    tab = ChatPage(page, chat.url)
    tab.faults = chat.faults
    await tab.open(fragment)
    return tab


def fragment_of(page: Page) -> str:
    return "#" + page.url.partition("#")[2]


async def test_a_conversation_survives_a_reload(chat: ChatPage) -> None:
    answer = await chat.ask("Write a poem")
    text = await said(answer).inner_text()
    figures = await answer.locator(".figures").inner_text()
    await expect(chat.conversations).to_have_text(["Write a poem"])
    await chat.reload()
    await expect(chat.page).to_have_title("Write a poem – Chat")
    assert await said(chat.answers).inner_text() == text
    assert await chat.answers.locator(".figures").inner_text() == figures
    await chat.page.get_by_role("link", name="New conversation").click()
    await expect(chat.answers).to_have_count(0)
    await chat.conversations.click()
    await expect(chat.answers).to_have_count(1)
    await chat.ask("sim:events=3 And another")
    roles = [message["role"] for message in chat.asked[1]["messages"]]
    assert roles == ["user", "assistant", "user"]


@pytest_asyncio.fixture(params=["secure", "plain http"], loop_scope="session")
async def either(request: pytest.FixtureRequest, told: ChatPage) -> ChatPage:
    """On plain http browsers have no locks, which tell a tab what another answers."""
    if request.param == "plain http":
        await told.page.context.add_init_script("delete Navigator.prototype.locks")
        await told.reload()
    return told


async def test_an_answer_whose_tab_was_closed_goes_on_in_another(
    either: ChatPage, says: Says
) -> None:
    told = either
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    answer = await told.begin("Hello")
    await expect(said(answer)).to_have_text("The beginning")
    tab = await another_tab(told, fragment_of(told.page))
    await expect(tab.answers).to_have_attribute("aria-busy", "true")
    await told.page.close()
    await expect(said(tab.answers)).to_have_text("The beginning")
    says.may_end.set()
    await tab.ended(tab.answers)
    await expect(said(tab.answers)).to_have_text("The beginning and the end")
    assert len(says.bodies) == 1
    await tab.page.close()


async def test_a_reload_goes_on_where_the_answer_is(told: ChatPage, says: Says) -> None:
    says.thoughts, says.pieces = ["Hm"], ["The beginning", " and the end"]
    says.may_end.clear()
    await expect(said(await told.begin("Hello"))).to_have_text("The beginning")
    await told.reload()
    await expect(told.answers).to_have_attribute("aria-busy", "true")
    await expect(said(told.answers)).to_have_text("The beginning")
    await told.reload()
    says.may_end.set()
    await told.ended(told.answers)
    await expect(said(told.answers)).to_have_text("The beginning and the end")
    assert len(says.bodies) == 1


async def test_stop_works_after_a_reload(chat: ChatPage, zai: Any) -> None:
    await expect(said(await chat.begin("sim:stall=60@60"))).not_to_be_empty()
    await chat.reload()
    await expect(said(chat.answers)).not_to_be_empty()
    await chat.button("Stop").click()
    await expect(chat.answers).to_contain_text("You stopped this answer.")
    await asyncio.to_thread(zai.wait, lambda state: not state["open"])
    assert zai.state()["total"] == 1


async def test_one_that_nobody_waited_for_has_broken_off(
    told: ChatPage, says: Says, settings: Any
) -> None:
    settings.CHAT_LEFT_ANSWERS = 0
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    await expect(said(await told.begin("Hello"))).to_have_text("The beginning")
    await told.reload()
    await expect(told.answers).to_contain_text("Broken off: The page was closed")
    says.may_end.set()
    await told.button("Retry").click()
    await expect(said(told.answers)).to_have_text("The beginning and the end")


IS_KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open("chat-page");
  opening.onsuccess = () => {
    const all = opening.result.transaction("turns").objectStore("turns").getAll();
    all.onsuccess = () => resolve(all.result.some(({ role, text }) =>
      role === "assistant" && text));
  };
})"""


async def test_what_came_of_it_is_shown_though_the_rest_is_not_to_be_had(
    told: ChatPage, says: Says, settings: Any
) -> None:
    settings.CHAT_LEFT_ANSWERS = 0
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    await expect(said(await told.begin("Hello"))).to_have_text("The beginning")
    await told.page.evaluate("() => dispatchEvent(new Event('pagehide'))")
    await told.page.wait_for_function(IS_KEPT)
    await told.reload()
    await expect(told.answers).to_contain_text("Broken off: The page was closed")
    await expect(said(told.answers)).to_have_text("The beginning")


async def test_two_tabs_do_not_overwrite_each_other(
    either: ChatPage, says: Says
) -> None:
    told = either
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    answer = await told.begin("First")
    await expect(said(answer)).to_have_text("The beginning")
    tab = await another_tab(told, fragment_of(told.page))
    await tab.question.fill("Me too")
    await tab.question.press("Enter")
    await expect(tab.notices).to_contain_text("Another tab is answering")
    await expect(tab.question).to_have_value("Me too")
    says.may_end.set()
    await told.ended(answer)
    await expect(said(tab.answers)).to_have_text("The beginning and the end")
    await tab.ask("Second")
    await expect(told.answers).to_have_count(2)
    await told.ask("Third")
    questions = [
        message["content"]
        for message in told.asked[-1]["messages"]
        if message["role"] == "user"
    ]
    assert questions == ["First", "Second", "Third"]
    await tab.page.get_by_label("Thinking").select_option("disabled")
    await expect(told.page.get_by_label("Thinking")).to_have_value("disabled")
    await tab.page.get_by_role("link", name="New conversation").click()
    await tab.ask("Elsewhere")
    await expect(told.conversations).to_have_text(["Elsewhere", "First"])
    await tab.page.close()


async def test_an_answer_goes_on_while_another_conversation_is_shown(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    await told.begin("First")
    await told.page.get_by_role("link", name="New conversation").click()
    await expect(told.button("Ask")).to_be_visible()
    says.may_end.set()
    await told.conversations.click()
    await expect(said(told.answers)).to_have_text("The beginning and the end")
    # One that is deleted is asked for no longer.
    says.may_end.clear()
    await told.begin("Second")
    async with told.page.expect_event("requestfailed"):
        await told.button("Delete First").press("Enter")
    await expect(told.answers).to_have_count(0)
    await expect(told.button("Ask")).to_be_visible()


async def test_conversations_are_renamed_deleted_and_brought_back(
    chat: ChatPage,
) -> None:
    await chat.ask("sim:events=3 One")
    await chat.page.get_by_role("link", name="New conversation").click()
    await chat.ask("sim:events=3 Two")
    await chat.conversations.first.focus()
    await chat.button("Rename sim:events=3 Two").press("Enter")
    await chat.page.keyboard.type("Better")
    await chat.page.keyboard.press("Enter")
    await expect(chat.conversations).to_have_text(["Better", "sim:events=3 One"])
    await expect(chat.page).to_have_title("Better – Chat")
    await expect(chat.conversations.first).to_be_focused()
    await chat.button("Delete Better").press("Enter")
    await expect(chat.conversations).to_have_text(["sim:events=3 One"])
    await expect(chat.conversations).to_be_focused()
    await expect(chat.answers).to_have_count(0)
    await chat.button("Undo").click()
    await expect(chat.conversations).to_have_text(["Better", "sim:events=3 One"])
    await chat.reload()
    await chat.conversations.first.click()
    await expect(chat.answers).to_have_count(1)
    await chat.button("All conversations").click()
    await chat.button("Delete all conversations").click()
    await chat.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(chat.conversations).to_have_count(0)
    await expect(chat.answers).to_have_count(0)
    assert re.search(r"/#?$", chat.page.url)


# As Firefox has it where a site may keep nothing; Chromium forbids less loudly.
FORBID = """
const forbid = () => { throw new DOMException("forbidden", "SecurityError"); };
IDBFactory.prototype.open = forbid;
BroadcastChannel = class { constructor() { forbid(); } };
LockManager.prototype.query = LockManager.prototype.request = async () => forbid();
Object.defineProperty(window, "localStorage", { get: forbid });
"""


async def test_a_browser_that_keeps_nothing_says_so_and_goes_on(
    chat: ChatPage,
) -> None:
    await chat.page.add_init_script(FORBID)
    await chat.reload()
    await expect(chat.notices).to_contain_text("keeps no more conversations")
    await chat.ask("sim:events=3 Hello")
    await chat.ask("sim:events=3 Again")
    assert len(chat.asked[1]["messages"]) == 3
    assert chat.faults and all("cannot be kept" in fault for fault in chat.faults)
    chat.faults.clear()
