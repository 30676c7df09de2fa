"""Answers as GLM writes them, in the admin's conversation: drawn by a real browser."""

import asyncio
from typing import Any

import pytest
from django.db import connections
from playwright.async_api import Page, expect

from chat.tests import rows
from chat.tests.admin.people import logged_in
from chat.tests.admin.test_written import alike
from chat.tests.browser.chat_page import ChatPage
from chat.tests.serving import Service
from chat.tests.written import answers
from chat.tests.written.outline import outline

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


async def shown(page: Page, service: Service, *said: str) -> ChatPage:
    """The page of a request whose conversation is `said`, for one who may see it."""
    identity, cookies = await asyncio.to_thread(stored, service.url, said)
    await page.context.add_cookies(cookies)
    admin = ChatPage(page, service.url)
    await page.goto(f"{service.url}/admin/chat/requestlog/{identity}/change/")
    await expect(page.locator(".message.answer")).to_be_visible()
    return admin


def stored(url: str, said: tuple[str, ...]) -> tuple[str, Any]:
    """The id of a request that is stored, and a session's cookies."""
    *before, answer = ({"role": "assistant", "content": text} for text in said)
    try:
        request = rows.row()
        rows.text(request, [rows.HELLO, *before], answer)
        with logged_in(url, "ada", is_superuser=True) as operator:
            kept = operator.cookies.items()
    finally:
        connections.close_all()
    cookies = [{"name": name, "value": value, "url": url} for name, value in kept]
    return request.pk, cookies


@pytest.fixture
def over_http(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "session"  # a browser takes __Host-… over TLS only


@pytest.mark.usefixtures("over_http")
async def test_every_answer_is_drawn_in_the_admin_as_it_is_meant(
    page: Page, service: Service
) -> None:
    written = answers()
    admin = await shown(page, service, *(one.text for one in written))
    written = [written[-1], *written[:-1]]  # the answer stands first
    parts = page.locator(".message.assistant .markdown")
    await expect(parts).to_have_count(len(written))
    await expect(page.locator(".math.is-waiting")).to_have_count(0)
    await page.locator(".markdown math").first.wait_for()
    drawn: list[str] = await parts.evaluate_all("all => all.map((e) => e.innerHTML)")
    for one, html in zip(written, drawn, strict=True):
        assert with_lines(outline(html)) == with_lines(one.drawn), one.name
    assert await page.locator(".markdown [style]").count() == 0
    assert admin.faults == []


def with_lines(drawn: str) -> str:
    """Without the ends of lines, which the admin keeps as they were written."""
    return alike(drawn.replace("⟨!", "⟨ not drawn: "))


@pytest.mark.usefixtures("over_http")
async def test_what_draws_formulas_is_loaded_where_there_is_one(
    page: Page, service: Service
) -> None:
    admin = await shown(page, service, "**注意：**It costs $5 and $10.")
    await expect(page.locator(".message.answer strong")).to_have_text("注意：")
    assert not [url for url in admin.addresses if "katex" in url]


@pytest.mark.usefixtures("over_http")
async def test_a_formula_of_the_admin_has_its_height_and_stays_in_its_place(
    page: Page, service: Service
) -> None:
    long = " + ".join(f"x_{{{number}}}^2" for number in range(120))
    await shown(page, service, rf"$$\frac{{a}}{{b}}$$ and $${long}$$")
    half = page.locator(".markdown mfrac")
    box = await half.bounding_box()
    letter = await page.locator(".markdown mfrac mi").first.bounding_box()
    assert box and letter and box["height"] > 1.8 * letter["height"]
    width = "e => e.scrollWidth - e.clientWidth"
    assert await page.locator("html").evaluate(width) <= 0
