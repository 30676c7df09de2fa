"""The admin says what is true, as one sees it: in a browser."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from django.contrib.admin.utils import quote
from django.db import connections
from playwright.async_api import Locator, Page, expect

from chat.tests import rows
from chat.tests.admin.people import logged_in
from chat.tests.serving import Service

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("over_http"),
]
LIST = "/admin/chat/requestlog/"
T = TypeVar("T")

NOT_WELL: dict[str, dict[str, Any]] = {
    "cut off": {"answer": "cut_off", "finish_reason": "length"},
    "nothing but thoughts": {"answer": "empty", "reasoning_tokens": 50},
    "without a word": {"answer": "empty", "first_sign_ms": None},
    "filtered": {"answer": "filtered", "finish_reason": "sensitive"},
    "broke off": {"ending": "upstream_failed", "answer": "broken_off", "whose": "zai"},
    "rejected by Z.AI": {"ending": "upstream_rejected", "whose": "account"},
    "refused by us": {"ending": "refused", "whose": "caller"},
    "fault of ours": {"ending": "failed", "whose": "service"},
}


@pytest.fixture
def over_http(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "session"  # a browser takes __Host-… over TLS only


async def log_in(page: Page, service: Service) -> None:
    def cookies() -> list[tuple[str, str]]:
        with logged_in(service.url, "ada", is_superuser=True) as operator:
            return list(operator.cookies.items())

    kept = await stored(cookies)
    found: Any = [{"name": n, "value": v, "url": service.url} for n, v in kept]
    await page.context.add_cookies(found)


async def stored(make: Callable[[], T]) -> T:
    """What `make` does with the database, from a thread of its own."""

    def making() -> T:
        try:
            return make()
        finally:
            connections.close_all()

    return await asyncio.to_thread(making)


async def greenness(badge: Locator) -> int:
    """How much more green there is in its letters than red or blue."""
    colour = await badge.evaluate("e => getComputedStyle(e).color")
    red, green, blue = (int(part) for part in colour[4:-1].split(",")[:3])
    return green - max(red, blue)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_only_what_is_whole_is_green(
    page: Page, service: Service, scheme: Any
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await log_in(page, service)
    fields = [{"answer": "whole"}, *NOT_WELL.values()]
    await stored(lambda: [rows.row(**one) for one in fields])
    await page.goto(f"{service.url}{LIST}")
    whole = page.locator(".ending", has_text="completed")
    await expect(whole).to_have_count(1)
    assert await greenness(whole) > 20
    for words in NOT_WELL:
        badge = page.locator("#result_list .ending", has_text=words)
        await expect(badge).to_have_count(1)
        assert await greenness(badge) <= 0, words


async def test_a_truncated_answer_says_so_with_the_way_out(
    page: Page, service: Service
) -> None:
    await log_in(page, service)
    made = await stored(
        lambda: rows.conversation(3, answer="cut_off", finish_reason="length")
    )
    await page.goto(f"{service.url}{LIST}?answer=cut_off")
    await page.locator("#result_list .field-question a").nth(1).click()
    await expect(page.locator(".ending-note")).to_contain_text("max_tokens (2048)")
    first = page.locator(".conversation .message").first
    await expect(first).to_contain_text("Answer 2")
    earlier = page.locator(".conversation .earlier")
    await expect(earlier.get_by_text("Question 1")).to_be_hidden()
    await earlier.locator("summary").click()
    await expect(earlier.get_by_text("Question 1")).to_be_visible()
    await page.get_by_role("link", name="Older ›").click()
    await expect(page.locator("h1.request-title")).to_have_text("Question 1")
    assert f"{quote(made[0].pk)}/change/?_changelist_filters=answer" in page.url
    await page.locator(".breadcrumbs").get_by_role("link", name="Requests").click()
    assert page.url.endswith(f"{LIST}?answer=cut_off")


async def test_a_filter_that_cannot_be_read_keeps_the_rest(
    page: Page, service: Service
) -> None:
    await log_in(page, service)
    await stored(lambda: [rows.row(), rows.row(model="glm-4.5-air", question="Wanted")])
    await page.goto(f"{service.url}{LIST}?model=glm-4.5-air&period=yesterday")
    alert = page.get_by_role("alert")
    await expect(alert).to_have_text(
        "Left out, because it cannot be read: time yesterday. The rest holds."
    )
    await expect(page.locator("#result_list tbody tr")).to_have_count(1)
    await page.get_by_role("link", name="How many, and what they cost").click()
    await expect(page.locator(".totals dd").first).to_have_text("1")


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_is_wider_than_the_window(
    page: Page, service: Service, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await log_in(page, service)
    tries = '[{"start":900,"end":1200,"code":"1302","queued":880},{"start":2300}]'
    times = {"first_sign_ms": 3000, "first_word_ms": 8000, "duration_ms": 12_000}
    made = await stored(lambda: rows.row(attempts=tries, waited_ms=880, **times))
    await page.goto(f"{service.url}{LIST}{made.pk}/change/")
    timeline = page.locator(".timeline")
    for words in ("in the queue", "try 1: 1302", "thinking", "answering"):
        await expect(timeline.locator("figcaption")).to_contain_text(words)
    wider = "e => e.scrollWidth - e.clientWidth"
    assert await page.locator("html").evaluate(wider) <= 0
