"""Conversations are found, taken along, brought back; files go with questions."""

import asyncio
import json

import pytest
from playwright.async_api import Download, expect

from chat.tests.browser.chat_page import ChatPage, Says, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def saved(told: ChatPage, menu: str, entry: str) -> str:
    """The text of the file that a menu's entry makes."""
    await told.button(menu).click()
    async with told.page.expect_download() as download:
        await told.button(entry).click()
    file: Download = await download.value
    return await asyncio.to_thread((await file.path()).read_text)


async def test_conversations_are_exported_deleted_and_imported(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["Half is **$x$**"]
    await told.ask("Apples")
    async with told.page.expect_response("**/api/chat"):
        await told.button("Answer again").click()
    await expect(told.page.get_by_role("group", name="Versions")).to_have_text("2 / 2")
    await told.page.keyboard.press("Control+Shift+O")
    says.pieces = ["Yellow"]
    await told.ask("Pears")
    search = told.page.get_by_role("searchbox", name="Search the conversations")
    await search.fill("half IS")
    await expect(told.conversations).to_have_text("Apples")
    await search.fill("zzz")
    await expect(told.page.locator("#conversations")).to_contain_text("No conversation")
    await search.fill("")
    markdown = await saved(told, "This conversation", "Export as Markdown")
    assert markdown == "# Pears\n\n## You\n\nPears\n\n## glm-4.6\n\nYellow\n"
    text = await saved(told, "All conversations", "Export all conversations")
    assert [one["title"] for one in json.loads(text)["conversations"]] == [
        *("Pears", "Apples")
    ]
    await told.button("All conversations").click()
    await told.button("Delete all conversations").click()
    await told.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(told.conversations).to_have_count(0)
    for content, sentence in (("{}", "has no conversations"), (text, "came: 2")):
        file = {"name": "a.json", "mimeType": "application/json"}
        chosen = file | {"buffer": content.encode()}
        await told.page.locator("#imported").set_input_files(chosen)  # type: ignore[arg-type]
        await expect(told.notices).to_contain_text(sentence)
    await expect(told.conversations).to_have_text(["Pears", "Apples"])
    await told.conversations.nth(1).click()
    await expect(told.page.get_by_role("group", name="Versions")).to_have_text("2 / 2")
    await expect(said(told.answers).locator("math")).to_be_visible()


TURN = {"id": "b" * 24, "parent": None, "order": 0}
RUBBISH = [
    "",
    "[1,2",
    "null",
    "7",
    "[" * 100_000,
    '{"format": "chat-page"}',
    '{"format": "chat-page", "conversations": {}}',
    '{"format": "chat-page", "conversations": [null]}',
    '{"format": "chat-page", "conversations": [{"id": "../x", "turns": []}]}',
    '{"format": "chat-page", "conversations": [{"id": {}, "turns": []}]}',
]
ODD = [
    {"turns": []},
    {"turns": [None, 7, "x", {"role": "root"}, {"role": "user"}]},
    {"turns": [{**TURN, "role": "user", "text": {}, "images": 7, "files": [[], {}]}]},
    {"turns": [{**TURN, "role": "assistant", "text": [], "calls": [{}], "error": 1}]},
    {"turns": [{**TURN, "parent": "b" * 24, "role": "user", "text": "its own parent"}]},
    {
        "turns": [
            {**TURN, "role": "user", "text": "<img src=x onerror=alert(1)>"}
            | {"images": [{"name": "x", "url": "javascript:alert(1)"}]}
        ]
    },
    {"turns": [], "title": ["x"], "settings": {"tools": "[[", "maxTokens": "9"}},
    {
        "turns": [],
        "chosen": [1],
        "settings": 7,
        "updatedAt": "x",
        "__proto__": {"a": 1},
    },
]


async def test_rubbish_is_refused_in_words(told: ChatPage) -> None:
    for text in RUBBISH:
        said = await told.page.evaluate(IMPORT, text)
        assert said == "This file has no conversations that this page has exported."
    await expect(told.conversations).to_have_count(0)


async def test_what_is_odd_in_a_conversation_does_no_harm(told: ChatPage) -> None:
    for number, odd in enumerate(ODD, start=1):
        one = {"id": f"{number:024x}", "title": "Odd", "updatedAt": number, **odd}
        file = {"format": "chat-page", "version": 1, "conversations": [one]}
        assert await told.page.evaluate(IMPORT, json.dumps(file)) == 1
        await told.open(f"#{one['id']}")
        await told.reload()
        await expect(told.page.locator("#turns img")).to_have_count(0)
    await told.ask("Hello")


IMPORT = """async (text) => {
  const { importJson } = await import("/static/chat/page/archive.js");
  return importJson(text).catch((error) => error.message);
}"""


DROP = """([name, type, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type }));
  for (const event of ["dragenter", "dragover", "drop"]) {
    const dropped = new DragEvent(event, { dataTransfer, bubbles: true });
    document.getElementById("scroller").dispatchEvent(dropped);
  }
}"""


PASTE = """([name, type, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([text], name, { type }));
  const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true });
  document.getElementById("question").dispatchEvent(pasted);
}"""


async def test_text_files_go_along_as_quotations_and_pdf_is_refused(
    told: ChatPage,
) -> None:
    tray = told.page.get_by_role("list", name="Attachments")
    await told.page.evaluate(DROP, ["data.csv", "text/csv", "a,b\n1,2\n"])
    await expect(tray.get_by_role("listitem")).to_have_count(1)
    await told.page.evaluate(PASTE, ["notes.md", "", "```\ncode\n```"])
    await expect(tray.get_by_role("listitem")).to_have_count(2)
    for name, kind, sentence in (
        ("a.pdf", "application/pdf", "a.pdf is a PDF"),
        ("b.bin", "application/octet-stream", "b.bin is neither an image nor a text"),
    ):
        await told.page.evaluate(DROP, [name, kind, "\0"])
        await expect(told.notices).to_contain_text(sentence)
    await told.ask("What is it?")
    content = told.asked[0]["messages"][0]["content"]
    assert content == (
        "data.csv:\n\n```csv\na,b\n1,2\n```\n\n"
        "notes.md:\n\n````md\n```\ncode\n```\n````\n\nWhat is it?"
    )
    await expect(told.questions.locator(".sent-file")).to_have_count(2)
    await expect(told.questions.locator(".bubble")).to_have_text("What is it?")
