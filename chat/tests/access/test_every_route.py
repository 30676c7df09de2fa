"""No route of the service leads to Z.AI without the check, nor can one be made."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import clear_url_caches, get_resolver, re_path
from django.views.decorators.csrf import csrf_exempt

from chat import views
from chat.protocols.dialects import DOORS, NATIVE
from chat.tests.access.locked import HELLO, client_with_key, lock, wait_until_known
from chat.tests.serving import Service, service_for
from chat.tests.test_readme import snippet
from chat.tests.waiting import SECONDS
from chat.web.application import service as application
from chat.web.handler import Handler
from chat.web.responses import WholeAnswer

pytestmark = pytest.mark.once

OPEN = {"/health", "/health/live", "/health/ready", "/api/docs", "/api/openapi.json"}


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


def paths() -> Iterator[str]:
    """A path of each route of ours, with what is chosen filled in."""
    for route in get_resolver("chat.urls").url_patterns:
        text = str(route.pattern)
        if "(?:" in text:  # what leads nowhere
            continue
        text = re.sub(r"\(\?P<\w+>[^)]*\)", "abc", text)
        path = "/" + re.sub(r"^\^|/\?\$$|\$$|\\", "", text)
        assert re.match(str(route.pattern), path[1:])
        yield path


def post(url: str, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.post(
        url, json=HELLO, headers=headers, timeout=SECONDS, trust_env=False
    )


def test_whatever_takes_a_post_asks_for_a_key(zai: Any, service: Service) -> None:
    statuses = {path: post(service.url + path).status_code for path in paths()}
    assert len(statuses) > 8
    takes_posts = {path for path, status in statuses.items() if status == 401}
    assert takes_posts == {*(door.path for door in DOORS), "/api/chat/abc/stop"}
    assert set(statuses.values()) == {401, 403, 404, 405}
    assert zai.state()["total"] == 0


def test_whatever_is_looked_at_asks_for_a_key_but_health_and_the_description(
    service: Service,
) -> None:
    api = [path for path in paths() if path.startswith(("/api/", "/v1/", "/health"))]
    doors = {door.path for door in DOORS}
    found = {
        path
        for path in api
        if httpx.get(service.url + path, trust_env=False).status_code == 200
    }
    assert found == OPEN
    assert doors < set(api) - found


# Views of one's own

NAMESPACE = {**vars(views), "NATIVE": NATIVE}
exec(snippet("title"), NAMESPACE)


@csrf_exempt
async def bare(request: HttpRequest) -> HttpResponseBase:
    """Whoever wrote this knows nothing of keys."""
    asked = NATIVE.read(b'{"messages":[{"role":"user","content":"Hello"}]}')
    asked.stream = False
    exchange = await views.open_exchange(request, NATIVE, asked)
    return WholeAnswer(exchange, await exchange.complete())


@pytest.fixture
def with_own_views() -> Iterator[Service]:
    urls: Any = ModuleType("own_urls")
    urls.urlpatterns = [
        re_path(r"^api/title/?$", NAMESPACE["title"]),
        re_path(r"^api/bare/?$", bare),
        re_path(r"^bare/?$", bare),
    ]
    with override_settings(ROOT_URLCONF=urls):
        clear_url_caches()
        with service_for(app=application(Handler())) as service:
            yield service
    clear_url_caches()


@pytest.mark.parametrize("path", ["/api/title", "/api/bare", "/bare", "/bare/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_endpoint_of_ones_own_asks_nothing_without_a_key(
    zai: Any, with_own_views: Service, path: str, method: str
) -> None:
    body = HELLO if method == "POST" else None
    answer = httpx.request(
        method, with_own_views.url + path, json=body, timeout=SECONDS, trust_env=False
    )
    assert answer.status_code in (401, 405, 500), answer.text
    assert zai.state()["total"] == 0


def test_the_recipe_answers_who_has_a_key(zai: Any, with_own_views: Service) -> None:
    _, key = client_with_key()
    wait_until_known(key)
    refused = post(with_own_views.url + "/api/title")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "unauthenticated"
    assert post(with_own_views.url + "/api/title", key).status_code == 200
    assert zai.state()["total"] == 1
