"""What a payer asks, in a real browser: how many clicks it takes, and is it true.

SCALE=1000000 asks it of a log with so many rows of the days before.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from django.db import connections
from playwright.async_api import Browser, Locator, Page, expect

from chat.tests.admin.filling import fill_month
from chat.tests.admin.people import logged_in
from chat.tests.admin.test_scale import SCALE
from chat.tests.browser.conftest import MILLISECONDS
from chat.tests.requestlog.making import closing, record, store
from chat.tests.serving import Service

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")  # whose days the admin shows
YESTERDAY = (NOW - DAY).astimezone(BERLIN).replace(hour=12, minute=0).astimezone(UTC)
# When an answer of eve's broke off: at 14:05 in Berlin, yesterday.
BROKE_OFF = (NOW - DAY).astimezone(BERLIN).replace(hour=14, minute=5, second=20)


def day_of(at: datetime, spender_usd: str) -> list[Any]:
    """Requests of three users: two as on every day, one as the day was."""
    spent = {"anna": "0.10", "ben": "0.12", "the-script": spender_usd}
    whole = {"answer": "whole", "answered_model": "glm-4.6", "is_estimated": False}
    return [
        closing(
            record(created_at=at + timedelta(minutes=n), user_id=user),
            cost_usd=Decimal(usd), charged_usd=Decimal(usd), **whole,
        )
        for n in range(20)
        for user, usd in spent.items()
    ]  # fmt: skip


def failing(count: int, **why: Any) -> list[Any]:
    at = NOW - timedelta(minutes=30)
    return [closing(record(created_at=at), **why) for _ in range(count)]


def at_14_05() -> list[Any]:
    """What eve and others asked around the answer that broke off; and other failures of
    hers."""
    broken = {"ending": "upstream_failed", "answer": "broken_off", "whose": "zai"}
    whole = {"ending": "completed", "answer": "whole"}
    at = BROKE_OFF.astimezone(UTC)
    hers = [(timedelta(), broken), (timedelta(minutes=-3), whole), (-3 * DAY, broken)]
    others = [(timedelta(seconds=n), whole) for n in range(-90, 90, 7)]
    return [
        closing(record(created_at=at + after, user_id=user, client_id=None), **how)
        for user, when in (("eve", hers), ("anna", others))
        for after, how in when
    ]


def of_three_days() -> list[Any]:
    made = day_of(YESTERDAY - DAY, "0.10") + day_of(YESTERDAY, "0.60")
    made += failing(6, ending="completed", answer="whole")
    broken = {"ending": "upstream_failed", "answer": "broken_off", "status": 200}
    made += failing(9, **broken, whose="zai", error_code="upstream_failed")
    made += failing(2, ending="failed", whose="service", answer="none", status=500)
    made += failing(3, ending="upstream_rejected", whose="account", error_code="1302")
    made += failing(5, ending="refused", whose="caller", error_code="invalid_request")
    return made


def stored(url: str, made: list[Any]) -> Any:
    """A session's cookies, and `made` in the log."""
    try:
        if SCALE:
            fill_month(SCALE, days_ago=4)
        store().write(made)
        with logged_in(url, "ada", is_superuser=True) as operator:
            kept = operator.cookies.items()
    finally:
        connections.close_all()
    return [{"name": name, "value": value, "url": url} for name, value in kept]


Open = Callable[[list[Any]], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def admin(
    browser: Browser, service: Service, settings: Any
) -> AsyncIterator[Open]:
    """Opens the admin's front page, in Berlin, over a log; at the end nothing was wrong
    in the browser."""
    settings.ADMIN_TIME_ZONE = str(BERLIN)
    settings.SESSION_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "session"  # a browser takes __Host-… over TLS only
    faults: list[str] = []

    async def open_over(made: list[Any]) -> Page:
        context = await browser.new_context(timezone_id=str(BERLIN))
        page = await context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        await context.add_cookies(await asyncio.to_thread(stored, service.url, made))
        await page.goto(f"{service.url}/admin/")
        await expect(page.get_by_text("Its times are Europe/Berlin.")).to_be_visible()
        return page

    yield open_over
    assert faults == []


@pytest.mark.timeout(300 + SCALE // 500)
async def test_what_a_payer_asks(admin: Open) -> None:
    page = await admin(of_three_days())
    await _is_it_us_or_zai(page)
    await _every_part_leads_to_its_rows(page)
    await _costs_doubled_yesterday_who(page)


@pytest.mark.timeout(300 + SCALE // 500)
async def test_at_14_05_in_berlin_an_answer_broke_off(admin: Open) -> None:
    page = await admin(at_14_05())
    front = page.url
    await _found_by_its_user(Clicks(page))
    await page.goto(front)
    await _found_by_its_time(Clicks(page))


class Clicks:
    """Counts them; what is typed, and Enter, are none."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.number = 0

    async def on(self, place: Locator) -> None:
        self.number += 1
        await place.click()


async def _found_by_its_user(clicks: Clicks) -> None:
    page = clicks.page
    await clicks.on(page.get_by_role("link", name="Requests", exact=True).first)
    await page.get_by_role("textbox", name="Search").fill("eve")
    await page.keyboard.press("Enter")
    broken = page.locator("#result_list tbody tr").filter(has_text="broke off")
    await clicks.on(broken.filter(has_text="14:05:20").first.get_by_role("link").first)
    await _tells_what_became_of_it(page)
    assert clicks.number <= 3


async def _found_by_its_time(clicks: Clicks) -> None:
    page = clicks.page
    await clicks.on(page.get_by_text("Another time"))
    at = BROKE_OFF.strftime("%Y-%m-%dT%H:")
    await page.get_by_label("From").fill(f"{at}05")
    await page.get_by_role("textbox", name="to", exact=True).fill(f"{at}06")
    await page.keyboard.press("Enter")
    await clicks.on(page.get_by_role("link", name=re.compile("broke off")).first)
    await _shows(page, 1)
    first = page.locator("#result_list tbody tr").first
    await clicks.on(first.get_by_role("link").first)
    await _tells_what_became_of_it(page)
    assert clicks.number <= 4


async def _tells_what_became_of_it(page: Page) -> None:
    await expect(page.get_by_text("broke off").first).to_be_visible()
    await expect(page.get_by_text("14:05:20").first).to_be_visible()
    await expect(page.get_by_text("eve").first).to_be_visible()


async def _is_it_us_or_zai(page: Page) -> None:
    """In no click, and true."""
    said = page.locator(".overview-verdict")
    await expect(said).to_contain_text("Mostly Z.AI’s fault:")
    await expect(said).to_contain_text(
        "(Z.AI 9, your account 3, this service 2). 5 were asked wrongly"
    )


async def _every_part_leads_to_its_rows(page: Page) -> None:
    front = page.url
    await page.locator("table.why tbody tr").first.get_by_role("link").first.click()
    await _shows(page, 9)
    await page.goto(front)
    await page.get_by_role("link", name="Your account 3", exact=True).click()
    await _shows(page, 3)
    await page.goto(front)
    line = page.get_by_role(
        "link", name="Z.AI failed, broke off in the midst", exact=True
    )
    await line.click()
    await _shows(page, 9)
    await page.goto(front)
    bars = page.locator("svg.chart").first.locator("a:has(rect.upstream)")
    await bars.first.click()
    await _shows(page, 25)
    await page.goto(front)


async def _costs_doubled_yesterday_who(page: Page) -> None:
    """The first click shows it, the second has all of their requests."""
    await page.get_by_role("link", name="Yesterday", exact=True).click()
    users = page.locator("section", has=page.get_by_role("heading", name="Users"))
    first = users.locator("tbody tr").first
    await expect(first).to_contain_text("the-script")
    await expect(first).to_contain_text("+500 %")
    await expect(users.locator("tbody tr").nth(1)).to_contain_text("±0 %")
    cost = page.locator(".tile", has_text="Cost").first
    await expect(cost).to_contain_text("$16.40")
    await expect(cost).to_contain_text("+156 % beside as much of the time before")
    await first.get_by_role("link", name="the-script").click()
    await expect(page.locator("h1").last).to_have_text("the-script")
    await expect(page.get_by_text("beside the 7 days before")).to_be_visible()
    await expect(page.locator("#overview table").first).to_contain_text("glm-4.6")


async def _shows(page: Page, count: int) -> None:
    await expect(page.locator("#result_list tbody tr")).to_have_count(count)
