"""The key of a client, as a browser shows it and lets it be copied."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from playwright.async_api import Page

from chat.tests.serving import Service


@pytest.fixture
def session(service: Service, settings: Any) -> dict[str, str]:
    """The cookie of somebody who may do everything."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    # Those of a service behind TLS are taken by it only.
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    browser = Browser()
    browser.force_login(
        get_user_model().objects.create_superuser("ada"),
        "django.contrib.auth.backends.ModelBackend",
    )
    value = browser.cookies["session"].value
    return {"name": "session", "value": value, "url": service.url}


async def test_a_key_is_copied_under_the_policy_of_the_page(
    page: Page, service: Service, session: Any
) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.context.add_cookies([session])
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"{service.url}/admin/chat/client/add/")
    await page.fill("#id_name", "Shop")
    await page.click("input[name=_save]")
    key = await page.inner_text("#key")
    assert key.startswith("zc_") and len(key) == 46
    await page.click("[data-copy=key]")
    await page.get_by_role("button", name="Copied").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == key
    await page.click("text=I have copied it")
    assert key not in await page.content()
    assert faults == []
