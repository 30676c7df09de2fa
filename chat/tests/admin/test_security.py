import ipaddress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.utils import timezone

from chat.tests import rows
from chat.tests.serving import serving
from chat.web.application import service
from chat.web.handler import Handler

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


def log_in(
    url: str, password: str, address: str | None = None, name: str = "ada"
) -> httpx.Response:
    headers = {"X-Forwarded-For": address} if address else {}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as browser:
        browser.get(LOGIN)
        form = {"username": name, "password": password, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = browser.cookies[settings.CSRF_COOKIE_NAME]
        return browser.post(LOGIN, data=form)


@pytest.fixture
def proxied(url: str, settings: Any) -> str:
    """The service, with an operator whose password is quick to check."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("ada", "bob"):
        get_user_model().objects.create_superuser(name, password="a long password")
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
    assert log_in(proxied, "wrong", "203.0.113.10", "bob").status_code == 200
    assert log_in(proxied, "a long password", "203.0.113.11", "bob").status_code == 302


def test_an_account_is_locked_wherever_the_guesses_come_from(proxied: str) -> None:
    for n in range(5):
        log_in(proxied, "wrong", f"203.0.113.{n}")
    assert log_in(proxied, "wrong", "203.0.113.9").status_code == 429
    assert log_in(proxied, "a long password", "203.0.113.9").status_code == 429
    assert log_in(proxied, "a long password", "203.0.113.9", "bob").status_code == 302


def test_its_owner_is_let_in_from_where_they_were_before(proxied: str) -> None:
    assert log_in(proxied, "a long password", "198.51.100.7").status_code == 302
    for n in range(6):
        log_in(proxied, "wrong", f"203.0.113.{n}")
    assert log_in(proxied, "a long password", "203.0.113.9").status_code == 429
    assert log_in(proxied, "a long password", "198.51.100.7").status_code == 302
    for _ in range(5):
        log_in(proxied, "wrong", "198.51.100.7")
    assert log_in(proxied, "a long password", "198.51.100.7").status_code == 429


def test_an_account_is_open_again_after_a_quarter_of_an_hour(proxied: str) -> None:
    for n in range(5):
        log_in(proxied, "wrong", f"203.0.113.{n}")
    for n in range(9):  # goes on knocking: that is not counted
        assert log_in(proxied, "wrong", f"203.0.114.{n}").status_code == 429
    ago = timezone.now() - timedelta(minutes=16)
    assert AccessAttempt.objects.update(attempt_time=ago) == 5
    assert log_in(proxied, "a long password", "203.0.113.9").status_code == 302


def test_one_network_of_ipv6_counts_as_one(proxied: str) -> None:
    for n in range(5):
        log_in(proxied, "wrong", f"[2001:db8:1:2::{n}]:4711", f"name-{n}")
    assert log_in(proxied, "wrong", "2001:db8:1:2:ffff::1", "bob").status_code == 429
    assert log_in(proxied, "a long password", "2001:db8:1:3::1", "bob").is_redirect


def test_an_own_login_resets_nobody_elses_count(proxied: str) -> None:
    for _ in range(4):
        log_in(proxied, "wrong", "203.0.113.9")
    assert log_in(proxied, "a long password", "203.0.113.9", "bob").status_code == 302
    log_in(proxied, "wrong", "203.0.113.9")
    assert log_in(proxied, "a long password", "203.0.113.9").status_code == 429


@pytest.mark.parametrize(
    "name",
    [
        "a" * 150,
        "a" * 256,
        "a" * 3_000,
        "a" * 300_000,
        "a\0b",
        "\u202e",
        "",
        "💥" * 255,
    ],
    ids=lambda name: f"{name[:3]!r}{len(name)}",
)
def test_a_name_of_any_kind_is_a_refusal(proxied: str, name: str) -> None:
    statuses = [log_in(proxied, "wrong", name=name).status_code for _ in range(6)]
    assert statuses[0] == 200 and set(statuses) <= {200, 429}
    if name.isprintable() and name:
        assert statuses[-1] == 429


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "raw_unicode_escape", "hex", "utf-7", "rot13"]
)
def test_half_a_pair_of_surrogates_is_a_refusal(proxied: str, charset: str) -> None:
    with httpx.Client(base_url=proxied, trust_env=False) as browser:
        browser.get(LOGIN)
        fields = {"username": r"\ud800", "password": r"\ud800", "next": r"\ud800"}
        fields["csrfmiddlewaretoken"] = browser.cookies[settings.CSRF_COOKIE_NAME]
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        kind = f"multipart/form-data; boundary=x; charset={charset}"
        body = "".join(parts) + "--x--\r\n"
        for query in ("", r"?next=\ud800&q=%00"):
            response = browser.post(
                LOGIN + query, content=body, headers={"Content-Type": kind}
            )
            assert response.status_code == 200


@pytest.mark.parametrize(
    "address",
    ["rubbish", "203.0.113.7:80", "[2001:db8::1]:9", "::ffff:203.0.113.7", "a" * 5_000],
    ids=lambda address: address[:12],
)
def test_an_address_of_any_kind_can_log_in(proxied: str, address: str) -> None:
    assert log_in(proxied, "wrong", address).status_code == 200
    assert log_in(proxied, "a long password", address).status_code == 302


@pytest.mark.parametrize("value", ['"\\000aaaaaaaa"', "'%00" + "a" * 9_000, "💥" * 9])
def test_a_cookie_of_any_kind_is_no_session(url: str, value: str) -> None:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
    cookies = "; ".join(f"{name}={value}" for name in names).encode()
    for path in (LOGIN, "/admin/", "/admin/chat/requestlog/"):
        response = httpx.get(url + path, headers={b"Cookie": cookies}, trust_env=False)
        assert response.status_code in (200, 302)


def test_cookies_are_bound_to_this_host_where_tls_is(
    transactional_db: None, settings: Any
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.0/8")]
    get_user_model().objects.create_superuser("ada", password="a long password")
    with serving(service(Handler())) as url:
        headers = {
            "X-Forwarded-Proto": "https",
            "Referer": f"{url}/".replace("http", "https"),
        }
        first = httpx.get(url + LOGIN, headers=headers, trust_env=False)
        token = first.cookies["__Host-csrftoken"]
        form = {"username": "ada", "password": "a long password"}
        answer = httpx.post(
            url + LOGIN,
            data={**form, "csrfmiddlewaretoken": token},
            headers={**headers, "Cookie": f"__Host-csrftoken={token}"},
            trust_env=False,
        )
    assert answer.status_code == 302
    cookies = [
        *first.headers.get_list("set-cookie"),
        *answer.headers.get_list("set-cookie"),
    ]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-csrftoken",
        "__Host-sessionid",
    }
    for cookie in cookies:
        assert "; Path=/;" in cookie and "; Secure" in cookie
        assert "Domain" not in cookie


def test_success_wipes_the_slate_clean(proxied: str) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(proxied, "wrong").status_code == 200
        assert log_in(proxied, "a long password").status_code == 302


@pytest.mark.django_db
def test_in_a_shell_nobody_is_limited() -> None:
    user = get_user_model().objects.create_user("bob", password="a long password")
    assert authenticate(username="bob", password="a long password") == user
