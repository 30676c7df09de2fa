"""What goes along with a question: images, tools, settings."""

import base64
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.async_api import expect

from chat.tests.browser.chat_page import ChatPage, Says, figures, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

# A PNG of that many red pixels, as a File in a DataTransfer
CARRY = """
  const carry = async (width, name, type) => {
    const canvas = new OffscreenCanvas(width, 8);
    const context = canvas.getContext("2d");
    context.fillStyle = "red";
    context.fillRect(0, 0, width, 8);
    const data = new DataTransfer();
    data.items.add(new File([await canvas.convertToBlob({ type })], name, { type }));
    return data;
  };
"""
PASTE = f"""async ([width, name, type]) => {{ {CARRY}
  const clipboardData = await carry(width, name, type);
  const event = new ClipboardEvent("paste", {{ clipboardData, bubbles: true }});
  document.getElementById("question").dispatchEvent(event);
}}"""
DROP = f"""async ([width, name, type]) => {{ {CARRY}
  const dataTransfer = await carry(width, name, type);
  for (const name of ["dragenter", "dragover", "drop"]) {{
    const event = new DragEvent(name, {{ dataTransfer, bubbles: true }});
    document.getElementById("scroller").dispatchEvent(event);
  }}
}}"""
SIZE = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}"""


async def test_pasted_dropped_and_chosen_images_reach_z_ai(
    told: ChatPage, says: Says
) -> None:
    tray = told.page.get_by_role("list", name="Attachments")
    await told.page.evaluate(PASTE, [8, "pasted.png", "image/png"])
    await expect(tray.get_by_role("img")).to_have_count(1)
    await told.page.evaluate(DROP, [5000, "dropped.webp", "image/webp"])
    await expect(tray.get_by_role("img")).to_have_count(2)
    chosen = {"name": "note.png", "mimeType": "image/png", "buffer": b"no image"}
    await told.page.locator("#files").set_input_files(chosen)  # type: ignore[arg-type]
    await expect(told.notices).to_contain_text("note.png is not an image")
    await told.button("Remove pasted.png").click()
    await told.page.evaluate(PASTE, [8, "again.png", "image/png"])
    await expect(tray.get_by_role("img")).to_have_count(2)
    await expect(told.page.locator("#blind")).to_contain_text("glm-4.6 does not see")
    await told.page.locator("#see").click()
    await expect(told.page.locator("#blind")).to_be_hidden()
    await told.ask("What is this?")
    assert says.bodies[0]["model"] == await told.page.locator("#model").input_value()
    [large, small, text] = says.bodies[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    # Z.AI takes PNG and JPEG; what is larger than a model sees is made smaller.
    url = "data:image/png;base64," + large["image_url"]["url"]  # as the SDK has it
    assert await told.page.evaluate(SIZE, url) == [2048, 3]
    assert base64.b64decode(small["image_url"]["url"])[1:4] == b"PNG"
    await expect(told.questions.get_by_role("img")).to_have_count(2)
    await told.reload()
    await expect(told.questions.get_by_role("img")).to_have_count(2)
    await told.ask("And now?")
    assert says.bodies[1]["messages"][0] == says.bodies[0]["messages"][0]


async def test_a_tool_call_goes_round(chat: ChatPage) -> None:
    await chat.use_tools()
    answer = await chat.ask("How is the weather in Berlin?")
    await expect(answer.locator(".call-name")).to_have_text("get_weather")
    await expect(answer.locator(".call-text").first).to_have_text(
        '{ "city": "Berlin" }'
    )
    await answer.get_by_label("What get_weather returns").fill('{"sky": "rain"}')
    await chat.button("Continue").click()
    await expect(chat.answers).to_have_count(2)
    await chat.ended(chat.answers.nth(1))
    await expect(said(chat.answers.nth(1))).to_contain_text("sky: rain")
    await expect(answer.get_by_role("button", name="Continue")).to_have_count(0)
    _, called, returned = chat.asked[1]["messages"]
    assert chat.asked[0]["tool_stream"] is True and chat.asked[0]["tools"]
    [call] = called["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"city": "Berlin"}
    assert called["reasoning_content"]
    assert returned == {
        "role": "tool",
        "tool_call_id": call["id"],
        "content": '{"sky": "rain"}',
    }
    await chat.reload()
    await expect(chat.answers.first.locator(".call-result")).to_contain_text("rain")


async def test_a_call_that_was_not_answered_is_left_out(chat: ChatPage) -> None:
    await chat.use_tools()
    await chat.ask("How is the weather in Berlin?")
    await chat.ask("Never mind")
    assert all("tool_calls" not in message for message in chat.asked[1]["messages"])


async def test_tools_that_cannot_be_used_are_explained(chat: ChatPage) -> None:
    dialog = chat.page.get_by_role("dialog", name="Tools")
    for definitions, sentence in (
        ("[{]", "This is not JSON"),
        ("{}", "have to be a list"),
        ("[7]", "Tool 1 has to be an object"),
        ('[{"type": "function"}]', 'Tool 1 has no "function" with a "name".'),
    ):
        await chat.use_tools(definitions)
        await expect(dialog.get_by_role("alert")).to_contain_text(sentence)
        await dialog.get_by_role("button", name="Cancel").click()
    await chat.ask("sim:events=3 Hello")
    assert "tools" not in chat.asked[0]


async def test_what_is_chosen_is_sent_and_kept_and_nothing_else_is(
    chat: ChatPage,
) -> None:
    page = chat.page
    await chat.ask("sim:events=3 Hello")
    assert chat.asked[0] == {
        "model": "glm-4.6",
        "messages": [{"role": "user", "content": "sim:events=3 Hello"}],
        "stream": True,
        "notices": True,
        "on_leave": 60,
        "resumable": True,
    }
    await page.locator("#model").select_option("Another…")
    await page.get_by_label("Its name at Z.AI").fill("glm-4.7")
    await page.keyboard.press("Enter")
    await page.get_by_label("Thinking").select_option("disabled")
    await chat.button("Settings").click()
    await page.get_by_label("System prompt").fill("Be brief.")
    await page.get_by_label("Temperature").fill("0.2")
    await page.get_by_label("Most tokens of an answer").fill("50")
    await page.get_by_label("Don't keep the text").check()
    await page.keyboard.press("Escape")
    await chat.reload()
    await chat.ask("sim:events=3 Again")
    asked: dict[str, Any] = chat.asked[1]
    assert asked.pop("messages")[0] == {"role": "system", "content": "Be brief."}
    assert asked == {
        "model": "glm-4.7",
        "stream": True,
        "notices": True,
        "on_leave": 60,
        "resumable": True,
        "thinking": {"type": "disabled"},
        "temperature": 0.2,
        "max_tokens": 50,
        "store": False,
    }


async def test_staff_get_from_an_answer_to_its_row(
    chat: ChatPage, settings: Any
) -> None:
    settings.SESSION_COOKIE_NAME = "sessionid"  # for plain http
    await chat.page.context.add_cookies([await _logged_in(chat.url, settings)])
    await chat.reload()
    answer = await chat.ask("sim:events=3 Hello")
    await figures(answer)
    await answer.get_by_role("link", name="req_").click()
    await expect(chat.page.locator("body")).to_contain_text("sim:events=3 Hello")
    assert "/admin/chat/requestlog/req_" in chat.page.url


async def _logged_in(url: str, settings: Any) -> Any:
    def log_in() -> str:
        user = get_user_model().objects.create_superuser("staff")
        client = Client()
        client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    value = await sync_to_async(log_in)()
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}
