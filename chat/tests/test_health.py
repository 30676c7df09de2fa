from typing import Any

import httpx
import pytest

from chat.server.shutdown import Shutdown
from chat.tests.conftest import Service


def get(service: Service, path: str, **headers: str) -> httpx.Response:
    return httpx.get(service.url + path, headers=headers, timeout=20, trust_env=False)


def test_health_is_healthy_with_a_key(service: Service) -> None:
    answer = get(service, "/health").json()
    assert answer["status"] == "healthy"
    assert answer["zai_client_initialized"] is True
    assert answer["timestamp"]


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
