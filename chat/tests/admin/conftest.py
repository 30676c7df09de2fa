"""The admin of the running service, and people who are logged in to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chat.tests.admin.people import logged_in
from chat.tests.serving import serving


@pytest.fixture
def url(transactional_db: None, settings: Any) -> Iterator[str]:
    """The address of the service."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    with serving() as address:
        yield address


@pytest.fixture
def operator(url: str) -> Iterator[httpx.Client]:
    """The browser of someone who may do everything."""
    with logged_in(url, "ada", is_superuser=True) as browser:
        yield browser
