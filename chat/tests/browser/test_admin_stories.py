"""What a payer asks, in a real browser: how many clicks it takes, and is it true."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from django.db import connections
from playwright.async_api import Page, expect

from chat.tests.admin.people import logged_in
from chat.tests.requestlog.making import closing, record, store
from chat.tests.serving import Service

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.now(UTC)
YESTERDAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=12)
DAY = timedelta(days=1)


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


def stored(url: str) -> Any:
    """A session's cookies, beside requests of three days."""
    made = day_of(YESTERDAY - DAY, "0.10") + day_of(YESTERDAY, "0.60")
    made += failing(6, ending="completed", answer="whole")
    broken = {"ending": "upstream_failed", "answer": "broken_off", "status": 200}
    made += failing(9, **broken, whose="zai", error_code="upstream_failed")
    made += failing(2, ending="failed", whose="service", answer="none", status=500)
    made += failing(3, ending="upstream_rejected", whose="account", error_code="1302")
    made += failing(5, ending="refused", whose="caller", error_code="invalid_request")
    try:
        store().write(made)
        with logged_in(url, "ada", is_superuser=True) as operator:
            kept = operator.cookies.items()
    finally:
        connections.close_all()
    return [{"name": name, "value": value, "url": url} for name, value in kept]


@pytest_asyncio.fixture(loop_scope="session")
async def admin(page: Page, service: Service, settings: Any) -> AsyncIterator[Page]:
    """The admin's front page; at the end nothing was wrong in the browser."""
    settings.SESSION_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "session"  # a browser takes __Host-… over TLS only
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.context.add_cookies(await asyncio.to_thread(stored, service.url))
    await page.goto(f"{service.url}/admin/")
    yield page
    assert faults == []


async def test_what_a_payer_asks(admin: Page) -> None:
    await _is_it_us_or_zai(admin)
    await _every_part_leads_to_its_rows(admin)
    await _costs_doubled_yesterday_who(admin)


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
