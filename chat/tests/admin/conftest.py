"""The admin of the running service, and people who are logged in to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from chat.tests.conftest import SECONDS, serving


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


def logged_in(url: str, name: str, **rights: Any) -> httpx.Client:
    """A browser of a new member of staff. Its session skips the slow password."""
    user = get_user_model().objects.create_user(name, is_staff=True, **rights)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    cookies = {key: morsel.value for key, morsel in client.cookies.items()}
    return httpx.Client(base_url=url, cookies=cookies, timeout=SECONDS, trust_env=False)


def permit(name: str, codename: str) -> None:
    user = get_user_model().objects.get_by_natural_key(name)
    user.user_permissions.add(Permission.objects.get(codename=codename))
