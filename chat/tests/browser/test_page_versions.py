"""Nothing is destroyed: what is asked or answered again stands beside what it was."""

import pytest
from playwright.async_api import expect

from chat.tests.browser.chat_page import ChatPage, Says, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def test_what_is_asked_and_answered_again_keeps_what_it_was(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["One"]
    await told.ask("First")
    says.pieces = ["Two"]
    async with told.page.expect_response("**/api/chat"):
        await told.button("Answer again").click()
    versions = told.page.get_by_role("group", name="Versions")
    await expect(versions).to_have_text("2 / 2")
    await expect(said(told.answers)).to_have_text("Two")
    await told.button("Earlier version").click()
    await expect(said(told.answers)).to_have_text("One")
    await expect(told.button("Earlier version")).to_be_disabled()
    # What goes on from a version belongs to it.
    says.pieces = ["More"]
    await told.ask("Then")
    assert says.bodies[-1]["messages"][1]["content"] == "One"
    # The box is empty: the arrow edits what was asked last; a title follows its first.
    await told.question.press("ArrowUp")
    await told.page.keyboard.press("Escape")
    await told.questions.first.hover()
    await told.button("Edit the question").first.click()
    await told.page.keyboard.press("Control+a")
    await told.page.keyboard.type("Other")
    says.pieces = ["Three"]
    async with told.page.expect_response("**/api/chat"):
        await told.page.keyboard.press("Enter")
    await expect(said(told.answers)).to_have_text("Three")
    await expect(told.conversations).to_have_text("Other")
    await told.reload()
    await expect(said(told.answers)).to_have_text("Three")
    await told.button("Earlier version").click()
    await expect(said(told.answers)).to_have_text(["One", "More"])
    await told.button("Later version").nth(1).click()
    await expect(said(told.answers)).to_have_text("Two")


async def test_an_answer_that_was_cut_off_goes_on_or_has_more_room(
    told: ChatPage, says: Says
) -> None:
    says.pieces, says.finish = ["Once upon ", "a "], "length"
    answer = await told.ask("A story")
    await expect(answer.locator(".ending")).to_contain_text("Cut off: the limit")
    says.pieces, says.finish = ["time", "."], "stop"
    async with told.page.expect_response("**/api/chat"):
        await told.button("Continue").click()
    await expect(said(told.answers)).to_have_text("Once upon a time.")
    await expect(told.button("Continue")).to_have_count(0)
    roles = [(one["role"], one["content"]) for one in says.bodies[-1]["messages"]]
    assert roles[:2] == [("user", "A story"), ("assistant", "Once upon a ")]
    assert roles[2][0] == "user" and "was cut off" in roles[2][1]
    await told.reload()
    await expect(said(told.answers)).to_have_text("Once upon a time.")
    await told.ask("And then?")
    assert [one["content"] for one in says.bodies[-1]["messages"]] == [
        *("A story", "Once upon a time.", "And then?")
    ]
    # Only thoughts: the room for an answer was spent before it began.
    says.thoughts, says.pieces, says.finish = ["Hm"], [""], "length"
    answer = await told.ask("Think")
    await expect(answer.locator(".ending")).to_contain_text("Only thoughts: the limit")
    says.pieces, says.finish = ["Thought."], "stop"
    async with told.page.expect_response("**/api/chat"):
        await told.button("Ask again with up to 8,192 tokens").click()
    await expect(said(told.answers.last)).to_have_text("Thought.")
    assert told.asked[-1]["max_tokens"] == 8192


async def test_choices_belong_to_their_conversation(told: ChatPage) -> None:
    page = told.page
    await told.ask("First")
    await page.get_by_label("Thinking").select_option("disabled")
    await told.button("Settings").click()
    await page.get_by_label("System prompt").first.fill("Be brief.")
    await page.keyboard.press("Escape")
    shown = page.locator("#system-shown")
    await shown.locator("summary").click()
    await expect(shown).to_contain_text("Be brief.")
    await page.keyboard.press("Control+Shift+O")
    await expect(shown).to_be_hidden()
    await told.ask("Second")
    assert [one["role"] for one in told.asked[-1]["messages"]] == ["user"]
    assert "thinking" not in told.asked[-1]
    await told.conversations.nth(1).click()
    await expect(page.get_by_label("Thinking")).to_have_value("disabled")
    await told.ask("Third")
    assert told.asked[-1]["messages"][0]["content"] == "Be brief."
    assert told.asked[-1]["thinking"] == {"type": "disabled"}


async def test_a_question_that_comes_too_early_is_told_why_it_waits(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["The beginning", " and the end"]
    says.may_end.clear()
    answer = await told.begin("Hello")
    await told.question.fill("More")
    await told.question.press("Enter")
    await expect(told.notices).to_contain_text("still being written")
    await expect(told.question).to_have_value("More")
    says.may_end.set()
    await told.ended(answer)
    # What failed says Retry once.
    await told.page.route("**/api/chat", lambda route: route.abort())
    await told.question.press("Enter")
    await expect(told.button("Retry")).to_be_visible()
    await expect(told.answers.last.locator("[data-again]")).to_have_count(0)
