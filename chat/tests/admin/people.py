"""People who are logged in to the admin of the running service."""

from typing import Any

import httpx
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from chat.tests.waiting import SECONDS


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
