"""The admin as it is looked at: on a desk, on a phone, light and dark, by keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from axe_playwright_python.async_playwright import Axe
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client as Browser
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from chat.tests import rows
from chat.tests.browser.chromium import MILLISECONDS
from chat.tests.serving import Service

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/chat/requestlog/"
AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
PAGES = [
    "/admin/",
    LIST,
    f"{LIST}req_one/change/",
    "/admin/now/",
    "/admin/chat/client/",
    "/admin/chat/client/add/",
    "/admin/callers/",
]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.fixture
def session(service: Service, settings: Any) -> dict[str, str]:
    """The cookie of somebody who may do everything; there is something to see."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    # Those of a service behind TLS are taken by it only.
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    user = get_user_model().objects.create_superuser("ada")
    browser = Browser()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    request = rows.row(id="req_one", created_at=AT, user_id="a-user-of-some-length")
    rows.text(request, [rows.HELLO])
    rows.open_row(question="Why?")
    for number in range(3):
        rows.row(question=f"Question {number} " + "word " * 30, model="glm-4.5-airx")
    value = browser.cookies["session"].value
    return {"name": "session", "value": value, "url": service.url}


async def opened(
    browser: Chromium, session: Any, size: str = "desk", **options: Any
) -> Page:
    width, height = SIZES[size]
    # axe is a script that is put in; the admin's policy forbids that, and keeps to it.
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        **{"bypass_csp": True, "timezone_id": "Asia/Tokyo", **options},
    )
    await context.add_cookies([session])
    page = await context.new_page()
    page.set_default_timeout(MILLISECONDS)
    return page


async def found_by_axe(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_is_out_of_sight(
    browser: Chromium, service: Service, session: Any, size: str, scheme: str
) -> None:
    page = await opened(browser, session, size, color_scheme=scheme)
    for path in PAGES:
        await page.goto(service.url + path)
        assert await found_by_axe(page) == [], path
        assert await page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth"
        ), path


async def test_at_1280_pixels_every_column_is_there(
    browser: Chromium, service: Service, session: Any
) -> None:
    page = await opened(browser, session)
    await page.goto(service.url + LIST)
    await expect(page.locator("#result_list")).to_be_visible()
    rights = await page.locator("#result_list thead th").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert len(rights) >= 11 and max(rights) <= 1280
    await expect(page.locator("#nav-sidebar")).not_to_be_visible()
    # It is closed until somebody opens it, and then it stays open.
    await page.get_by_role("button", name="Toggle navigation").click()
    await expect(page.locator("#nav-sidebar")).to_be_visible()
    await page.reload()
    await expect(page.locator("#nav-sidebar")).to_be_visible()


async def test_the_sections_are_one_click_away(
    browser: Chromium, service: Service, session: Any
) -> None:
    page = await opened(browser, session, "phone")
    await page.goto(f"{service.url}/admin/")
    bar = page.get_by_role("navigation", name="Sections")
    for name, path in (("Requests", LIST), ("Now", "/admin/now/"), ("Overview", None)):
        await bar.get_by_role("link", name=name).click()
        await page.wait_for_url(service.url + (path or "/admin/"))
        await expect(bar.locator("[aria-current=page]")).to_have_text(name)
    await page.goto(f"{service.url}{LIST}req_one/change/")
    await expect(bar.locator("[aria-current=page]")).to_have_text("Requests")


async def test_the_exports_are_a_menu_for_keys_too(
    browser: Chromium, service: Service, session: Any
) -> None:
    page = await opened(browser, session)
    await page.goto(service.url + LIST)
    menu = page.locator(".export")
    await expect(menu.get_by_role("link").first).not_to_be_visible()
    await menu.locator("summary").press("Enter")
    await expect(menu.get_by_role("link")).to_have_count(4)
    await page.keyboard.press("Escape")
    await expect(menu.get_by_role("link").first).not_to_be_visible()
    await expect(menu.locator("summary")).to_be_focused()


async def test_times_are_those_of_the_browser(
    browser: Chromium, service: Service, session: Any
) -> None:
    page = await opened(browser, session)
    await page.goto(f"{service.url}{LIST}req_one/change/")
    await expect(page.get_by_text("Times are those of Asia/Tokyo")).to_be_visible()
    when = page.locator(".request-line time")
    tokyo = AT + timedelta(hours=9)
    await expect(when).to_contain_text(f"{tokyo:%H:%M:%S}")
    await expect(when).to_have_attribute(
        "title", f"{AT:%Y-%m-%d %H:%M:%S} UTC · req_one"
    )


async def test_what_is_new_is_offered_and_nothing_moves(
    browser: Chromium, service: Service, session: Any
) -> None:
    page = await opened(browser, session)
    await page.clock.install()
    await page.goto(f"{service.url}{LIST}?user_id=someone")
    await sync_to_async(come)()
    await page.clock.fast_forward(21_000)
    line = page.locator(".as-of")
    await expect(line).to_contain_text("2 new since")
    await expect(page.locator("#result_list")).to_have_count(0)
    await line.get_by_role("link", name="Look again").click()
    await expect(page.locator("#result_list tbody tr")).to_have_count(2)


def come() -> None:
    try:
        for user in ("someone", "someone", "another"):
            rows.row(user_id=user)
    finally:
        connections.close_all()
