"""What stays in sight, and where the keyboard is afterwards."""

import json

import pytest
from playwright.async_api import expect

from chat.tests.browser.chat_page import ChatPage, Says, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

LONG = "\n\n".join(f"Paragraph {number}" for number in range(60))


async def is_at_end(chat: ChatPage) -> None:
    await chat.page.wait_for_function(
        """() => {
          const { scrollTop, scrollHeight, clientHeight } =
            document.getElementById("scroller");
          return scrollTop > 500 && scrollHeight - scrollTop - clientHeight < 5;
        }"""
    )
    await expect(chat.button("Jump to the latest")).to_be_hidden()


async def test_a_conversation_opens_at_its_end(told: ChatPage, says: Says) -> None:
    says.pieces = [LONG]
    await told.ask("Hello")
    await is_at_end(told)
    await told.reload()
    await is_at_end(told)
    await told.page.get_by_role("link", name="New conversation").click()
    await told.conversations.click()
    await is_at_end(told)


async def test_a_long_conversation_is_laid_out_once(told: ChatPage) -> None:
    """And not once for each of its answers, which takes seconds for 200 of them."""
    await bring(told, 60, "An **answer**.")
    devtools = await told.page.context.new_cdp_session(told.page)
    await devtools.send("Performance.enable")

    async def layouts() -> float:
        metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
        found: dict[str, float] = {one["name"]: one["value"] for one in metrics}
        return found["LayoutCount"]

    before = await layouts()
    await told.conversations.click()
    await expect(told.answers).to_have_count(60)
    await is_at_end(told)
    assert await layouts() - before < 30


async def bring(chat: ChatPage, count: int, text: str) -> None:
    """Import a conversation of `count` questions and as many answers."""
    turns = []
    for number in range(2 * count):
        turn = {"id": f"{number:024x}", "order": number, "text": text}
        turn["parent"] = f"{number - 1:024x}" if number else None
        asked = {"role": "user", "images": [], "files": []}
        told = {"role": "assistant", "state": "finished", "calls": [], "reasoning": ""}
        turns.append(turn | (told if number % 2 else asked))
    conversation = {"id": "a" * 24, "title": "Long", "updatedAt": 1, "turns": turns}
    file = {"format": "chat-page", "version": 1, "conversations": [conversation]}
    buffer = json.dumps(file).encode()
    await chat.page.locator("#imported").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": buffer}
    )
    await expect(chat.conversations).to_have_count(1)


async def test_the_end_stays_in_sight_when_there_is_less_room(
    told: ChatPage, says: Says
) -> None:
    says.pieces = [LONG]
    await told.ask("Hello")
    await told.question.fill("one\ntwo\nthree\nfour\nfive\nsix")
    await is_at_end(told)
    await told.page.set_viewport_size({"width": 700, "height": 400})
    await is_at_end(told)


async def test_thoughts_that_are_unfolded_do_not_scroll_away(
    told: ChatPage, says: Says
) -> None:
    says.thoughts = [LONG]
    answer = await told.ask("Hello")
    await answer.locator(".reasoning summary").click()
    await expect(answer.get_by_text("Paragraph 59")).to_be_attached()
    await expect(told.button("Jump to the latest")).to_be_visible()
    await expect(answer.locator(".reasoning summary")).to_be_in_viewport()


async def test_whoever_asks_can_write_on(told: ChatPage, says: Says) -> None:
    """However it was asked: what was pressed is hidden thereafter."""
    await told.question.fill("Hello")
    await told.button("Ask").click()
    await expect(told.question).to_be_focused()
    await told.ended(told.answers.first)
    await told.button("Answer again").click()
    await expect(told.question).to_be_focused()
    await told.button("Edit the question").press("Enter")
    await told.page.keyboard.press("Enter")
    await expect(told.question).to_be_focused()
    await told.ended(told.answers.first)


async def test_back_leads_from_a_new_conversation_to_the_one_before(
    told: ChatPage,
) -> None:
    new = told.page.get_by_role("link", name="New conversation")
    answer = await told.ask("Hello")
    await expect(said(answer)).to_have_text("Hello")
    await new.click()
    await expect(told.answers).to_have_count(0)
    await told.page.go_back()
    await expect(told.answers).to_have_count(1)
    async with told.page.context.expect_page() as opened:
        await new.click(modifiers=["ControlOrMeta"])
    await (await opened.value).close()
    await expect(told.answers).to_have_count(1)


async def test_the_welcome_is_seen_from_its_beginning(
    told: ChatPage, says: Says
) -> None:
    says.pieces = [LONG]
    await told.page.set_viewport_size({"width": 320, "height": 500})
    welcome = told.page.get_by_role("heading", name="What would you like to know?")
    await expect(welcome).to_be_in_viewport(ratio=1)
    await told.ask("Hello")
    await is_at_end(told)
    await told.button("Conversations").click()
    await told.page.get_by_role("link", name="New conversation").click()
    await expect(welcome).to_be_in_viewport(ratio=1)
    await told.page.mouse.move(160, 250)
    await told.page.mouse.wheel(0, 50)
    await expect(welcome).not_to_be_in_viewport(ratio=1)
    await expect(told.button("Jump to the latest")).to_be_hidden()


async def test_the_choices_stand_side_by_side_at_any_width(chat: ChatPage) -> None:
    for width in (320, 500, 740, 900):
        await chat.page.set_viewport_size({"width": width, "height": 700})
        tops = [
            await chat.page.get_by_role("combobox", name=name).bounding_box()
            for name in ("Model", "Thinking")
        ]
        assert len({box and box["y"] for box in tops}) == 1, width


async def test_a_title_that_is_cut_keeps_its_beginning(
    told: ChatPage, says: Says
) -> None:
    await told.ask("مرحبا بالعالم وكل شيء آخر هنا في الدنيا")
    direction = "link => getComputedStyle(link).direction"
    assert await told.conversations.evaluate(direction) == "rtl"


async def test_a_phone_on_its_side_shows_the_way_out_of_the_settings(
    chat: ChatPage,
) -> None:
    await chat.page.set_viewport_size({"width": 844, "height": 390})
    await chat.button("Settings").click()
    await expect(chat.button("Done")).to_be_in_viewport(ratio=1)
