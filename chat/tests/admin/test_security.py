import ipaddress
from typing import Any

import httpx
import pytest
from django.contrib.auth import authenticate, get_user_model

from chat.server.application import service
from chat.server.handler import Handler
from chat.tests import rows
from chat.tests.conftest import serving

LOGIN = "/admin/login/"


def policy(response: httpx.Response) -> str:
    return response.headers.get("content-security-policy", "")


@pytest.mark.parametrize(
    "path",
    ["", "login/", "chat/requestlog/", "auth/user/add/", "now/", "nowhere/"],
)
def test_a_page_of_the_admin_loads_nothing_from_elsewhere(
    operator: httpx.Client, path: str
) -> None:
    said = policy(operator.get(f"/admin/{path}"))
    assert "default-src 'self'" in said and "frame-ancestors 'none'" in said
    assert "unsafe" not in said and "http" not in said


def test_the_api_has_no_use_for_it(operator: httpx.Client) -> None:
    assert not policy(operator.get("/health"))
    assert not policy(operator.get("/api/nothing"))


@pytest.mark.parametrize("path", ["", "req_one/change/", "req_one/delete/"])
def test_our_pages_have_nothing_inline(operator: httpx.Client, path: str) -> None:
    rows.text(rows.row(id="req_one"), [rows.HELLO])
    page = operator.get(f"/admin/chat/requestlog/{path}").text
    for inline in (" style=", "<style", "<script>", " onclick=", "javascript:"):
        assert inline not in page, inline


def log_in(url: str, password: str, address: str | None = None) -> httpx.Response:
    headers = {"X-Forwarded-For": address} if address else {}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as browser:
        browser.get(LOGIN)
        form = {"username": "ada", "password": password, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        return browser.post(LOGIN, data=form)


@pytest.fixture
def proxied(url: str, settings: Any) -> str:
    """The service, with an operator whose password is quick to check."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    get_user_model().objects.create_superuser("ada", password="a long password")
    return url


@pytest.fixture
def url(transactional_db: None, settings: Any) -> Any:
    """The service, believing what its callers say of their address."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.0/8")]
    with serving(service(Handler())) as address:
        yield address


def test_the_sixth_wrong_password_is_locked_out_and_others_are_not(
    proxied: str,
) -> None:
    for _ in range(4):
        assert log_in(proxied, "wrong", "203.0.113.9").status_code == 200
    log_in(proxied, "wrong", "203.0.113.9")
    locked = log_in(proxied, "wrong", "203.0.113.9")
    assert locked.status_code == 429
    assert "Too many wrong passwords" in locked.text
    assert policy(locked)
    assert log_in(proxied, "a long password", "203.0.113.9").status_code == 429
    assert log_in(proxied, "wrong", "203.0.113.10").status_code == 200
    assert log_in(proxied, "a long password", "203.0.113.11").status_code == 302


def test_success_wipes_the_slate_clean(proxied: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(proxied, "wrong").status_code == 200
        assert log_in(proxied, "a long password").status_code == 302


@pytest.mark.django_db
def test_in_a_shell_nobody_is_limited() -> None:
    user = get_user_model().objects.create_user("bob", password="a long password")
    assert authenticate(username="bob", password="a long password") == user
