"""Conversations on the page: asked, streamed, stopped, edited, asked again."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from chat.simulator.topics import sample
from chat.tests.browser.chat_page import ChatPage, Says, figures, said
from chat.tests.serving import Service

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def test_an_answer_is_drawn_as_markdown_with_its_figures(
    chat: ChatPage, service: Service
) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = await chat.ask("sim:rate=500 Write a Python function")
    await expect(said(answer).locator("h3").first).to_be_visible()
    frame = answer.locator(".code-frame").first
    await expect(frame.locator(".code-language")).to_have_text("python")
    await expect(frame.locator(".hljs-keyword").first).to_be_visible()
    await frame.get_by_role("button", name="Copy").press("Enter")
    await expect(frame.get_by_role("button", name="Copied")).to_be_visible()
    copied = await chat.page.evaluate("navigator.clipboard.readText()")
    assert copied and copied.strip() in sample("code_python")
    seen = await figures(answer)
    ended = service.ended()
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")
    words = seen.split()
    assert {"tokens/s", "tokens", "glm-4.6"} <= set(words) and "unknown" not in words
    assert any(word.startswith("req_") for word in words)
    assert await answer.get_by_role("link", name="req_").count() == 0  # for staff


async def test_thoughts_are_folded_while_they_come_and_after(chat: ChatPage) -> None:
    await chat.page.get_by_label("Thinking").select_option("enabled")
    answer = await chat.begin("sim:think=3 Hello")
    fold = answer.locator("details.reasoning")
    await expect(fold.locator("summary")).to_have_text("Thinking…")
    await expect(fold.locator(".markdown")).to_be_hidden()
    await chat.ended(answer)
    await expect(fold.locator("summary")).to_contain_text("Thought for")
    await fold.locator("summary").press("Enter")
    await expect(fold.locator(".markdown")).to_contain_text("The user")
    assert chat.asked[0]["thinking"] == {"type": "enabled"}


async def test_escape_stops_the_answer_and_z_ai_is_left(
    chat: ChatPage, zai: Any
) -> None:
    answer = await chat.begin("sim:trickle=0.05 Tell me a story")
    await expect(said(answer)).not_to_be_empty()
    await chat.page.keyboard.press("Escape")
    await expect(answer).to_contain_text("You stopped this answer.")
    state = await asyncio.to_thread(zai.wait, lambda state: not state["open"])
    assert state["requests"][0]["how"] == "client_left"
    before = await said(answer).inner_text()
    await expect(chat.button("Stop")).to_be_hidden()
    await chat.ask("Hello")
    assert await said(answer).inner_text() == before


async def test_an_edited_question_is_asked_without_what_followed(
    chat: ChatPage,
) -> None:
    await chat.ask("sim:events=3 First")
    await chat.ask("sim:events=3 Second")
    await chat.questions.first.hover()
    await chat.button("Edit the question").first.click()
    field = chat.page.get_by_role("textbox", name="The question", exact=True)
    await field.fill("sim:events=3 Another")
    await field.press("Enter")
    await expect(chat.answers).to_have_count(1)
    await chat.ended(chat.answers)
    assert chat.asked[2]["messages"] == [
        {"role": "user", "content": "sim:events=3 Another"}
    ]
    await chat.reload()
    bubbles = chat.questions.locator(".bubble")
    await expect(bubbles).to_have_text(["sim:events=3 Another"])


async def test_an_answer_is_made_again_from_the_same_messages(chat: ChatPage) -> None:
    await chat.ask("sim:events=3 First")
    await chat.ask("sim:events=3 Second")
    async with chat.page.expect_response("**/api/chat"):
        await chat.button("Answer again").nth(1).click()
    await expect(chat.answers).to_have_count(2)
    assert chat.asked[2] == chat.asked[1]
    roles = [message["role"] for message in chat.asked[2]["messages"]]
    assert roles == ["user", "assistant", "user"]


async def test_an_unfinished_code_block_is_code_and_no_figure_made_up(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["```python\ndef f(", "):\n    return 1"]
    says.may_end.clear()
    answer = await told.begin("Code")
    code = answer.locator(".code-frame .code")
    await expect(code).to_have_text("def f(")
    says.may_end.set()
    await told.ended(answer)
    await expect(code).to_have_text("def f():\n    return 1")
    seen = await figures(answer)
    assert "Tokens\nunknown" in seen and "Speed\nunknown" in seen


async def test_a_growing_text_ends_as_if_drawn_at_once(chat: ChatPage) -> None:
    texts = [sample(name) for name in ("code_many", "explanation", "math", "table")]
    texts += [
        "- one\n\n- two\n\n  more\n\n1. three\n#\n#tag\nsetext\n===\n* a\n\n**b**\n",
        "See [here][a] and\n\n> quote\nlazy\n\n[a]: https://site.example/ 'A'\n\nend",
        "a | b\n--|--\n1 | 2\n\n    indented\n\n***\n~~~\nopen\n\nfence",
    ]
    for text in texts:
        assert await chat.page.evaluate(GROW, text)


GROW = """async (text) => {
  const { GrowingText } = await import("/static/chat/page/growing_text.js");
  await (await import("/static/chat/page/code.js")).loadColours();
  await (await import("/static/chat/page/drawn_math.js")).loadKatex();
  const frame = () => new Promise(requestAnimationFrame);
  const [grown, whole] = [document.createElement("div"), document.createElement("div")];
  const growing = new GrowingText(grown);
  for (let end = 1; end < text.length; end += 11) {
    growing.grow(text.slice(0, end));
    await frame();
  }
  growing.finish(text);
  new GrowingText(whole).finish(text);
  return grown.isEqualNode(whole);
}"""


async def test_the_page_stays_responsive_in_a_flood(chat: ChatPage) -> None:
    await chat.page.evaluate(WATCH)
    answer = await chat.ask("sim:flood sim:events=5000")
    await expect(answer.locator(".figures")).to_contain_text("5,000 tokens")
    longest = await chat.page.evaluate("longest")
    assert longest < 3000


WATCH = """() => {
  window.longest = 0;
  let last = performance.now();
  const step = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""


async def test_each_paragraph_runs_in_its_own_direction(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["English\n\nمرحبا\n\n", "> a *quote*\n\nEnglish again"]
    paragraphs = said(await told.ask("Hello")).locator("> p")
    await expect(paragraphs).to_have_text(["English", "مرحبا", "English again"])
    directions = "all => all.map((one) => getComputedStyle(one).direction)"
    assert await paragraphs.evaluate_all(directions) == ["ltr", "rtl", "ltr"]


async def test_the_end_is_in_sight_while_its_reader_is_there(
    chat: ChatPage, page: Page
) -> None:
    await chat.ask("Write a long story")
    jump = chat.button("Jump to the latest")
    await expect(jump).to_be_hidden()
    scroller = page.locator("#scroller")
    answer = await chat.begin("sim:rate=200 Write a long story")
    await expect(said(answer)).not_to_be_empty()
    await scroller.evaluate("e => e.scrollTop = 0")
    await chat.ended(answer)
    assert await scroller.evaluate("e => e.scrollTop") == 0
    await jump.click()
    await expect(jump).to_be_hidden()
