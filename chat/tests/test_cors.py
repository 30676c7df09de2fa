"""Pages of other origins, and what the log says of those that are refused."""

import logging
import runpy
from typing import Any

import httpx
import pytest

from chat.tests.serving import Service
from chat.web import cors
from chat.web.seldom import MOST_KEYS, SECONDS, Seldom
from config.home import HOME

STRANGER = "https://stranger.example"
ASKED = {"Access-Control-Request-Method": "POST"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cors, "_seldom", Seldom())


def preflight(service: Service, origin: str, path: str = "/api/chat") -> httpx.Response:
    headers = {"Origin": origin, **ASKED}
    return httpx.options(service.url + path, headers=headers, trust_env=False)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [r for r in caplog.records if r.name == "chat.cors"]
    assert {record.levelno for record in found} <= {logging.WARNING}
    return [record.getMessage() for record in found]


def test_an_origin_is_answered_by_the_settings_of_now(
    service: Service, settings: Any
) -> None:
    """What an origin is answered is kept, by the process."""
    for origins in ([], [STRANGER], []):
        settings.CORS_ALLOWED_ORIGINS = origins
        headers = {"Origin": STRANGER}
        url = f"{service.url}/v1/models"
        answer = httpx.get(url, headers=headers, trust_env=False)
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == (STRANGER if origins else None)


def test_a_refused_origin_is_named_with_the_setting_and_once_a_minute(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert "access-control-allow-origin" not in preflight(service, STRANGER).headers
    preflight(service, "https://another.example")

    one, other = warnings(caplog)
    assert STRANGER in one and "CORS_ALLOWED_ORIGINS" in one
    assert "https://another.example" in other


def test_an_allowed_origin_is_no_news(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    allowed = preflight(service, "https://site.example").headers

    assert allowed["access-control-allow-origin"] == "https://site.example"
    assert not warnings(caplog)


def test_the_service_s_own_page_is_no_stranger(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for headers in (
        {"Origin": service.url},
        {"Origin": STRANGER, "Sec-Fetch-Site": "same-origin"},  # through a rewrite
        {"Origin": STRANGER, "X-Forwarded-Host": "stranger.example"},
    ):
        httpx.post(
            f"{service.url}/api/chat", content="{}", headers=headers, trust_env=False
        )

    assert not warnings(caplog)


def test_a_hostile_origin_is_short_and_one_line(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    preflight(service, "https://" + "x" * 5_000)

    [line] = warnings(caplog)
    assert len(line) < 600


def test_of_very_many_origins_few_are_named() -> None:
    now = [0.0]
    seldom = Seldom(lambda: now[0])

    told = [seldom.tell(f"https://{n}.example") for n in range(10 * MOST_KEYS)]

    assert len([one for one in told if one is not None]) == MOST_KEYS + 1
    assert told.count("") == 1
    now[0] = SECONDS
    assert seldom.tell("https://0.example") == "https://0.example"


def test_a_page_at_a_path_that_is_wrong_may_read_which_is_right(
    service: Service,
) -> None:
    origin = {"Origin": "https://site.example"}
    response = httpx.get(
        f"{service.url}/chat/completions", headers=origin, trust_env=False
    )

    assert response.headers["access-control-allow-origin"] == origin["Origin"]
    assert "/v1/chat/completions" in response.text


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://localhost:5173", True),
        ("http://127.0.0.1:4321", True),
        ("https://localhost", True),
        ("http://localhost.example.com", False),
        ("http://localhost:3000.example.com", False),
    ],
)
def test_under_debug_any_port_of_this_machine_may_call(
    service: Service, settings: Any, origin: str, may: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEBUG", "true")
        made = runpy.run_path(str(HOME / "config" / "settings.py"))
    settings.CORS_ALLOWED_ORIGIN_REGEXES = made["CORS_ALLOWED_ORIGIN_REGEXES"]

    headers = preflight(service, origin).headers

    assert (headers.get("access-control-allow-origin") == origin) is may


def test_credentials_are_allowed_where_the_setting_says_so(
    service: Service, settings: Any
) -> None:
    settings.CORS_ALLOW_CREDENTIALS = True

    headers = preflight(service, "https://site.example").headers

    assert headers["access-control-allow-credentials"] == "true"


def test_tracing_headers_are_allowed(service: Service) -> None:
    headers = preflight(service, "https://site.example").headers

    allowed = set(headers["access-control-allow-headers"].split(", "))
    assert {"sentry-trace", "baggage", "traceparent", "tracestate"} <= allowed


def test_a_refused_host_is_in_the_log_and_not_in_the_answer(service: Service) -> None:
    host = "wrong.example" + "x" * 500
    response = httpx.post(
        f"{service.url}/api/chat", json={}, headers={"Host": host}, trust_env=False
    )

    assert response.json()["detail"] == "The Host header is not allowed here."
    line = service.line()
    assert "the host wrong.example" in line and "ALLOWED_HOSTS" in line
    assert "x" * 200 not in line
