import ipaddress
import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model

from chat.tests.admin.people import logged_in
from chat.tests.doctor.nginx import nginx
from chat.tests.serving import Service, service_for
from chat.web.application import service as application
from chat.web.handler import Handler
from chat.web.shutdown import Shutdown


def get(service: Service, path: str, **headers: str) -> httpx.Response:
    return httpx.get(service.url + path, headers=headers, timeout=20, trust_env=False)


def test_health_is_healthy_with_a_key(service: Service) -> None:
    answer = get(service, "/health").json()
    assert answer["status"] == "healthy"
    assert answer["zai_client_initialized"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["timestamp"])


def test_health_is_degraded_without_a_key(service: Service, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    response = get(service, "/health")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"


def test_ready(service: Service) -> None:
    response = get(service, "/health/ready")
    assert (response.status_code, response.json()["reasons"]) == (200, [])


def test_not_ready_without_a_key(service: Service, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    response = get(service, "/health/ready")
    assert response.status_code == 503
    assert "ZAI_API_KEY" in response.json()["reasons"][0]


def test_not_ready_while_shutting_down(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shutdown, "begun", True)
    assert get(service, "/health/ready").status_code == 503


def test_not_ready_without_a_database(service: Service, django_db_blocker: Any) -> None:
    with django_db_blocker.block():
        response = get(service, "/health/ready")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["The database cannot be used."]


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live"])
def test_probes_come_by_address_and_over_plain_http(
    service: Service, settings: Any, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = get(service, path, Host="10.1.2.3:8000")
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_who_does_more_than_look_is_refused(service: Service, path: str) -> None:
    response = httpx.request("DELETE", service.url + path, trust_env=False)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert httpx.head(service.url + path, trust_env=False).status_code == 200


DETAILS = {"reasons", "account", "log", "access", "alerts", "gate"}
# As proxies on this machine send them, each alone.
BY_A_PROXY = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"x-forwarded-proto": "https"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Real-IP": "203.0.113.9"},
    {"Via": "1.1 varnish"},
    {"Host": "chat.example.com"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": ""},
]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_learns_why(service: Service, settings: Any, host: str) -> None:
    settings.ZAI_API_KEY = ""
    answer = get(service, "/health/ready", Host=host)
    assert answer.json().keys() == {"status"} | DETAILS


@pytest.mark.parametrize("proxies", ["", "10.0.0.0/8", "127.0.0.1"])
@pytest.mark.parametrize("headers", BY_A_PROXY, ids=str)
def test_a_proxy_on_this_machine_is_told_no_more_than_others(
    zai: Any, settings: Any, headers: dict[str, str], proxies: str
) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(proxies)] if proxies else []
    settings.ZAI_API_KEY = ""
    # The middleware reads the setting when a handler is made.
    with service_for(app=application(Handler())) as service:
        answer = get(service, "/health/ready", **headers)
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready"}


def test_nginx_as_it_is_without_any_header_is_told_no_more(service: Service) -> None:
    address = (service.url.rpartition("/")[2]).split(":")
    with socket.create_connection((address[0], int(address[1]))) as caller:
        caller.sendall(b"GET /health/ready HTTP/1.0\r\nHost: 127.0.0.1:8000\r\n\r\n")
        answer = caller.makefile("rb").read()
    assert answer.endswith(b'\r\n\r\n{"status": "ready"}')


def test_nginx_on_this_machine_is_told_no_more(
    service: Service, tmp_path: Path
) -> None:
    further = "proxy_set_header Host $http_host;"
    further += "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    with nginx(tmp_path, service.url, further) as url:
        answer = httpx.get(f"{url}/health/ready", trust_env=False)
    assert answer.json() == {"status": "ready"}


def test_a_caller_from_elsewhere_learns_the_status(
    service: Service, settings: Any
) -> None:
    settings.ZAI_API_KEY = ""
    answer = from_elsewhere(service)
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


@pytest.mark.parametrize(
    ("rights", "learns"),
    [({}, True), ({"is_staff": False}, False), ({"is_active": False}, False)],
)
def test_staff_learns_why_from_anywhere(
    service: Service, rights: dict[str, Any], learns: bool
) -> None:
    browser = logged_in(service.url, "ada")
    get_user_model().objects.update(**rights)
    answer = from_elsewhere(service, dict(browser.cookies))
    assert (answer.json().keys() >= DETAILS) == learns


@pytest.mark.parametrize("cookie", ["", "x" * 5000, r'"\000"'])
def test_a_made_up_session_is_nobodys(
    service: Service, settings: Any, cookie: str
) -> None:
    answer = from_elsewhere(service, {settings.SESSION_COOKIE_NAME: cookie})
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_database_that_is_away_knows_no_staff(
    service: Service, settings: Any, django_db_blocker: Any
) -> None:
    with django_db_blocker.block():
        answer = from_elsewhere(service, {settings.SESSION_COOKIE_NAME: "x"})
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def from_elsewhere(
    service: Service, cookies: dict[str, str] | None = None
) -> httpx.Response:
    """As whoever comes through a proxy."""
    headers = {"X-Forwarded-For": "203.0.113.9"}
    if cookies:
        pairs = (f"{name}={value}" for name, value in cookies.items())
        headers["Cookie"] = "; ".join(pairs)
    return get(service, "/health/ready", **headers)
