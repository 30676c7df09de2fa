"""assistant-ui's own runtime, with its defaults, in a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from chat.tests.browser.chromium import MILLISECONDS
from chat.tests.browser.conftest import browser, chromium
from chat.tests.clients.bundling import bundled
from chat.tests.serving import Service

__all__ = ["browser", "chromium"]

pytestmark = [pytest.mark.once, pytest.mark.timeout(400)]

HTML = '<!doctype html><meta charset="utf-8"><body><script src="bundle.js"></script>'
Open = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's script, with all that it needs."""
    made = tmp_path_factory.mktemp("assistant-ui")
    return bundled("assistant-ui/page.jsx", "assistant-ui", made)


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(
    browser: Browser, service: Service, bundle: Path
) -> AsyncIterator[Open]:
    """Opens the page where the service is, for it asks at `/api/chat` of its site."""
    context = await browser.new_context()
    context.set_default_timeout(MILLISECONDS)
    site = f"{service.url}/assistant-ui"
    await context.route(f"{site}/bundle.js", lambda r: r.fulfill(path=bundle))
    await context.route(
        f"{site}/page.html", lambda r: r.fulfill(body=HTML, content_type="text/html")
    )

    async def opened(*, told: bool = False) -> Page:
        page = await context.new_page()
        await page.goto(f"{site}/page.html{'#told' if told else ''}")
        return page

    yield opened
    await context.close()


async def ask(page: Page, text: str) -> Any:
    """Ask as a user does; return the body that was posted."""
    await page.get_by_role("textbox").fill(text)
    async with page.expect_request("**/api/chat") as asked:
        await page.get_by_role("button", name="Send").click()
    return (await asked.value).post_data_json


def answer(page: Page, kind: str = "text") -> Any:
    return page.locator(f"[data-role=assistant] [data-kind={kind}]")


async def test_its_defaults_get_an_answer(open_page: Open, service: Service) -> None:
    page = await open_page()

    body = await ask(page, "Hello sim:unicode")

    assert body["tools"] == {}
    await expect(page.locator("[data-kind=quiet]")).to_be_attached()
    whole = service.post("Hello sim:unicode", stream=False).json()["choices"][0]
    shown = await answer(page).text_content()
    assert shown == whole["message"]["content"]
    thought = await answer(page, "reasoning").text_content()
    assert thought == whole["message"]["reasoning_content"]


async def test_what_the_page_tells_reaches_the_model(open_page: Open) -> None:
    page = await open_page(told=True)

    body = await ask(page, "sim:echo")

    assert set(body["tools"]) == {"get_weather"}
    await expect(page.locator("[data-kind=quiet]")).to_be_attached()
    shown = await answer(page).text_content()
    got = msgspec.json.decode(shown.removeprefix("```json\n").removesuffix("\n```"))
    assert got["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "sim:echo"},
    ]
    [tool] = got["tools"]
    assert tool["function"]["name"] == "get_weather"
    assert tool["function"]["parameters"]["required"] == ["city"]
    assert (got["model"], got["max_tokens"]) == ("glm-4.7", 500)
    assert got["temperature"] == 0.25
    assert "not-ours" not in shown


async def test_a_tool_of_the_page_is_called_and_its_answer_goes_back(
    open_page: Open,
) -> None:
    page = await open_page(told=True)

    await ask(page, "What is the weather in Paris?")
    await expect(page.locator("[data-tool=get_weather]")).to_contain_text(
        "It rains in Paris."
    )
    await expect(page.locator("[data-kind=quiet]")).to_be_attached()

    body = await ask(page, "And now?")
    states = [part.get("state") for part in body["messages"][1]["parts"]]
    assert "output-available" in states
    await expect(page.locator("[data-role=assistant]")).to_have_count(2)
    await expect(answer(page).last).not_to_be_empty()


@pytest.mark.parametrize("scenario", ["sim:error=1301", "sim:cut=3 sim:events=9"])
async def test_a_failure_is_shown(open_page: Open, scenario: str) -> None:
    page = await open_page()

    await ask(page, scenario)

    await expect(answer(page, "error")).to_be_visible()


async def test_who_stops_is_gone(open_page: Open, service: Service) -> None:
    page = await open_page()

    await ask(page, "sim:trickle=0.2")
    await expect(answer(page, "reasoning")).not_to_be_empty()
    await page.get_by_role("button", name="Stop").click()

    assert service.ended().ending == "client_disconnected"
