import gc
import io
import ipaddress
import socket

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import include, path

from chat import request_id
from chat.exchange.caller import Caller
from chat.exchange.unwinding import Unwinding
from chat.exchange.visit import begin_visit
from chat.tests.serving import Service


async def api(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"session": hasattr(request, "session")})


async def address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.scheme} {request.META['REMOTE_ADDR']}")


urlpatterns = [
    path("v1/thing", api),
    path("address", address),
    path("", include("config.urls")),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def browser():
    return AsyncClient(enforce_csrf_checks=True)


@pytest.fixture
async def admin(transactional_db):
    users = get_user_model()._default_manager
    await users.acreate_superuser("ada", password="a long password")
    yield
    # Those of the thread that the requests ran in; PostgreSQL counts them.
    await sync_to_async(connections.close_all)()


async def log_in(browser: AsyncClient, **more: str) -> HttpResponse:
    page = await browser.get("/admin/login/")
    form = {"username": "ada", "password": "a long password", "next": "/admin/"}
    form["csrfmiddlewaretoken"] = str(page.context["csrf_token"])
    return await browser.post("/admin/login/", {**form, **more})


def scope(path: str, method: str = "GET", **more: object) -> dict[str, object]:
    headers = [
        (b"host", b"testserver"),
        (b"cookie", b"__Host-sessionid=x; __Host-csrftoken=y"),
    ]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "headers": headers,
        "client": ("10.0.0.1", 5),
        **more,
    }


async def test_an_api_path_costs_no_thread():
    handler = ASGIHandler()
    request = ASGIRequest(scope("/v1/thing", "POST"), io.BytesIO())

    async with ThreadSensitiveContext() as context:
        response = await handler.get_response_async(request)

        assert context not in SyncToAsync.context_to_thread_executor
    assert response.status_code == 200


async def test_an_api_path_knows_no_session_and_sets_no_cookie(browser, settings):
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x"

    response = await browser.post("/v1/thing")

    assert response.json() == {"session": False}
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


async def test_an_api_path_keeps_the_other_headers(browser):
    response = await browser.post("/v1/thing")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Length"] == str(len(response.content))


async def test_an_api_path_is_never_redirected_to_a_slash(browser, settings):
    settings.DEBUG = True

    assert (await browser.post("/v1/nothing")).status_code == 404


async def test_an_operator_logs_in(browser, admin):
    response = await log_in(browser)

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert (await browser.get("/admin/", secure=True)).status_code == 200


async def test_the_admin_wants_a_csrf_token(browser, admin):
    response = await log_in(browser, csrfmiddlewaretoken="wrong" * 13)

    assert response.status_code == 403


async def test_any_page_beside_the_api_wants_one(browser):
    assert (await browser.get("/address")).status_code == 200
    assert (await browser.post("/address")).status_code == 403


async def test_a_path_beside_the_api_is_not_the_api(browser, admin):
    for path_ in ("/api/../admin/login/", "/admin/api/", "//api/", "/healthy"):
        response = await browser.post(path_)

        assert response.status_code in (403, 404), path_


async def test_the_admin_still_gets_its_slash(browser):
    assert (await browser.get("/admin"))["Location"] == "/admin/"


def test_it_also_works_synchronously(db):
    response = Client(enforce_csrf_checks=True).post("/admin/login/")

    assert response.status_code == 403
    assert response["X-Request-ID"].startswith("req_")


async def test_every_response_has_a_request_id(browser):
    first = await browser.get("/v1/thing")
    second = await browser.get("/nowhere")

    assert first["X-Request-ID"].startswith("req_")
    assert first["X-Request-ID"] != second["X-Request-ID"]


async def test_the_request_id_of_the_server_is_kept():
    asked = scope("/v1/thing")
    visit = begin_visit(asked, Caller(), Unwinding())
    request = ASGIRequest(asked, io.BytesIO())

    response = await ASGIHandler().get_response_async(request)

    assert response["X-Request-ID"] == visit.request_id
    assert request_id.current.get() == visit.request_id


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ([], "http 10.0.0.1"),
        (["192.168.0.0/16"], "http 10.0.0.1"),
        (["10.0.0.0/8"], "https 203.0.113.9"),
    ],
)
async def test_only_trusted_proxies_are_believed(settings, proxies, seen):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(proxy) for proxy in proxies]
    if proxies:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    forwarded = scope("/address")
    forwarded["headers"] += [
        (b"x-forwarded-for", b"198.51.100.1, 203.0.113.9, 10.0.0.7"),
        (b"x-forwarded-proto", b"https"),
    ]

    request = ASGIRequest(forwarded, io.BytesIO())
    response = await ASGIHandler().get_response_async(request)

    assert response.content.decode() == seen


HUGE = "203.0.113.9, " * 100_000


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("10.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.7:80, [::ffff:10.0.0.8]:81", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("192.168.7.7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, unknown", ""),
        ("10.0.0.1", "203.0.113.9, <script>", ""),
        ("10.0.0.1", "1.2.3.4.5", ""),
        ("10.0.0.1", "10.0.0.7, 10.0.0.8", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, , ", "203.0.113.9"),
        ("10.0.0.1", " , ", "10.0.0.1"),
        ("10.0.0.1", HUGE + "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", HUGE + "10.0.0.7, " * 1000, "10.0.0.1"),
        ("10.0.0.1", "9" * 1_000_000, "10.0.0.1"),
        ("rubbish", "203.0.113.9", "rubbish"),
    ],
)
async def test_addresses_in_every_form(settings, peer, forwarded, seen):
    settings.TRUSTED_PROXIES = [
        ipaddress.ip_network(network)
        for network in ("10.0.0.0/8", "::ffff:192.168.0.0/112")
    ]
    asked = scope("/address", client=(peer, 5))
    asked["headers"] += [(b"x-forwarded-for", forwarded.encode())]

    response = await ASGIHandler().get_response_async(ASGIRequest(asked, io.BytesIO()))

    assert response.content.decode() == f"http {seen}"


async def test_a_style_sheet_is_found_without_collectstatic():
    for debug in (False, True):
        response = await AsyncClient().get("/static/admin/css/base.css")

        assert b"--primary" in response.content, debug


def test_whoever_leaves_a_file_half_read_leaves_none_open(service: Service) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    asked = f"GET /static/admin/css/base.css HTTP/1.1\r\nHost: {host}\r\n\r\n"
    for _ in range(30):
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(asked.encode())
            assert caller.recv(100).startswith(b"HTTP/1.1 200")
    gc.collect()  # what is open then fails the test by its warning


@pytest.mark.parametrize(
    ("headers", "status", "content"),
    [
        ({"range": "bytes=0-4"}, 206, b"/*\n  "),
        ({"range": "bytes=9999999-"}, 416, b""),
        ({"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
    ],
)
async def test_a_part_of_a_file_or_none(headers, status, content):
    response = await AsyncClient().get("/static/admin/css/base.css", headers=headers)

    assert (response.status_code, response.content) == (status, content)


async def test_the_head_of_a_file():
    response = await AsyncClient().head("/static/admin/css/base.css")

    assert (response.content, int(response["Content-Length"]) > 1000) == (b"", True)


async def test_a_missing_style_sheet_is_not_found(settings):
    settings.DEBUG = True

    assert (await AsyncClient().get("/static/nothing.css")).status_code == 404


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://elsewhere"])
async def test_allowed_pages_may_read_the_request_id(settings, origin):
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]

    response = await AsyncClient().get("/v1/thing", headers={"origin": origin})

    exposed = response.get("Access-Control-Expose-Headers", "")
    assert ("X-Request-ID" in exposed) is (origin == "http://localhost:3000")


async def test_pages_elsewhere_are_for_nobody(settings):
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
    headers = {"origin": "http://localhost:3000"}

    response = await AsyncClient().get("/address", headers=headers)

    assert "Access-Control-Allow-Origin" not in response
