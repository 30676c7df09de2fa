"""The page at /: who may open it, what it is told, and what it may load."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model

from chat.admin import site
from chat.simulator.scenarios import rows
from chat.tests.admin.people import logged_in, permit
from chat.tests.locked import by, lock
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.serving import Service, serving
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once
PEOPLE = ["nobody", "visitor", "colleague", "superuser"]


def told(answer: httpx.Response) -> dict[str, Any]:
    """What the page knows."""
    script = re.search(
        r'<script id=\S+ type="application/json">(.*?)</script>', answer.text, re.S
    )
    assert script, answer.text
    found: dict[str, Any] = json.loads(script[1])
    return found


@pytest.fixture
def browsers(service: Service, settings: Any) -> Iterator[dict[str, httpx.Client]]:
    """The browsers of people of each kind, with nothing followed by itself."""
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    settings.CHAT_PAGE = "all"
    found = {
        "nobody": httpx.Client(base_url=service.url, timeout=SECONDS, trust_env=False),
        "visitor": logged_in(service.url, "visitor"),
        "colleague": logged_in(service.url, "colleague"),
        "superuser": logged_in(service.url, "superuser", is_superuser=True),
    }
    get_user_model().objects.filter(username="visitor").update(is_staff=False)
    yield found
    for browser in found.values():
        browser.close()


@pytest.mark.parametrize(
    ("mode", "statuses"),
    [
        ("off", [404, 404, 404, 404]),
        ("staff", [302, 403, 200, 200]),
        ("all", [200, 200, 200, 200]),
    ],
)
def test_the_setting_says_who_may_open_it(
    browsers: dict[str, httpx.Client], settings: Any, mode: str, statuses: list[int]
) -> None:
    settings.CHAT_PAGE = mode
    for name, status in zip(PEOPLE, statuses, strict=True):
        assert browsers[name].get("/").status_code == status, name
        assert browsers[name].head("/").status_code == status, name


@pytest.mark.parametrize(
    ("mode", "statuses"),
    [
        ("off", [404, 404, 404, 404]),
        ("staff", [401, 403, 200, 200]),
        ("all", [200, 200, 200, 200]),
    ],
)
def test_a_new_token_is_for_whom_the_page_is(
    browsers: dict[str, httpx.Client], settings: Any, mode: str, statuses: list[int]
) -> None:
    lock(settings)
    settings.CHAT_PAGE = mode
    for name, status in zip(PEOPLE, statuses, strict=True):
        answer = browsers[name].get("/page/token")
        assert answer.status_code == status, name
        if status != 404:
            assert answer.headers["cache-control"] == "private, no-store"
            assert bool(answer.json()["token"]) == (status == 200)
        origin = {"Origin": "https://site.example"}
        foreign = browsers[name].get("/page/token", headers=origin)
        assert "access-control-allow-origin" not in foreign.headers
    wanted = 404 if mode == "off" else 405
    assert browsers["superuser"].post("/page/token").status_code == wanted


def test_a_token_says_who_opened_the_page(
    browsers: dict[str, httpx.Client], service: Service, settings: Any
) -> None:
    lock(settings)
    settings.CHAT_PAGE = "staff"
    tokens = [
        told(browsers["colleague"].get("/"))["accessToken"],
        browsers["colleague"].get("/page/token").json()["token"],
    ]
    asking = {"messages": [{"role": "user", "content": "Hello"}]}
    for token in tokens:
        answer = service.send(asking, headers=by(token))
        assert answer.status_code == 200
        row = closed(id_of(answer))
        assert (row.admitted_by, row.user_id) == ("page", "colleague")
    settings.CHAT_PAGE = "off"
    assert service.send(asking, headers=by(tokens[0])).status_code == 401


def test_an_open_service_wants_no_token(
    browsers: dict[str, httpx.Client], settings: Any
) -> None:
    assert told(browsers["superuser"].get("/"))["accessToken"] is None
    assert browsers["superuser"].get("/page/token").json() == {"token": None}


def test_whoever_is_not_logged_in_comes_back_after_it(
    browsers: dict[str, httpx.Client], settings: Any
) -> None:
    settings.CHAT_PAGE = "staff"
    answer = browsers["nobody"].get("/?model=glm-5")
    assert answer.headers["location"] == "/admin/login/?next=/%3Fmodel%3Dglm-5"
    login = browsers["nobody"].get(answer.headers["location"])
    assert 'name="next" value="/?model=glm-5"' in login.text


def test_whoever_is_no_staff_is_told(
    browsers: dict[str, httpx.Client], settings: Any
) -> None:
    settings.CHAT_PAGE = "staff"
    answer = browsers["visitor"].get("/")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "for staff" in answer.text


def test_the_setting_leaves_the_api_as_it_is(service: Service, settings: Any) -> None:
    settings.CHAT_PAGE = "off"
    assert service.post("Hello").status_code == 200


@pytest.mark.parametrize(("mode", "status"), [("off", 404), ("all", 405)])
def test_it_is_there_to_be_read(
    browsers: dict[str, httpx.Client], settings: Any, mode: str, status: int
) -> None:
    settings.CHAT_PAGE = mode
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = browsers["superuser"].request(method, "/", data={"a": "b"})
        assert answer.status_code == status, method
        assert mode == "off" or answer.headers["allow"] == "GET, HEAD"


def test_it_has_one_address(browsers: dict[str, httpx.Client]) -> None:
    for path in (b"//", b"///admin", b"/index.html", b"/page", b"/%2F", b"/%00"):
        target = browsers["nobody"].base_url.copy_with(raw_path=path)
        assert browsers["nobody"].get(target).status_code == 404, path


def test_a_foreign_host_is_refused(browsers: dict[str, httpx.Client]) -> None:
    answer = browsers["nobody"].get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_it_loads_nothing_from_elsewhere_and_nothing_inline(
    browsers: dict[str, httpx.Client],
) -> None:
    answer = browsers["nobody"].get("/")
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {"script-src 'self'", "style-src 'self'", "connect-src 'self'"} < set(policy)
    assert {"form-action 'none'", "frame-ancestors 'none'"} < set(policy)
    assert {"require-trusted-types-for 'script'", "trusted-types dompurify"} < set(
        policy
    )
    assert "unsafe" not in str(policy) and "http" not in str(policy)
    scripts = re.findall(r"<script(?![^>]* src=)[^>]*>", answer.text)
    assert scripts and all('type="application/json"' in script for script in scripts)
    for inline in (" style=", "<style", " onclick=", "javascript:", "//"):
        assert inline not in re.sub(r"<script id=.*?</script>", "", answer.text), inline


def test_its_headers(browsers: dict[str, httpx.Client]) -> None:
    headers = browsers["nobody"].get("/").headers
    assert headers["cache-control"] == "private, no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]


def test_other_pages_may_not_read_it(browsers: dict[str, httpx.Client]) -> None:
    origin = {"Origin": "https://site.example"}
    answer = browsers["superuser"].get("/", headers=origin)
    assert "access-control-allow-origin" not in answer.headers


def test_it_knows_where_and_what_to_ask(
    browsers: dict[str, httpx.Client], settings: Any
) -> None:
    settings.CHAT_MAX_BODY_BYTES = 1234
    settings.CHAT_SYSTEM_PROMPT = "Nobody may read this"
    answer = browsers["nobody"].get("/")
    page = told(answer)
    assert page["chatUrl"] == "/api/chat"
    assert page["defaultModel"] in [model["name"] for model in page["models"]]
    assert page["maxBodyBytes"] == 1234
    assert (page["temperature"], page["maxTokens"]) == (0.7, 2048)
    assert settings.ZAI_API_KEY not in answer.text
    assert settings.CHAT_SYSTEM_PROMPT not in answer.text


def test_a_model_of_ones_own_stands_first(
    browsers: dict[str, httpx.Client], settings: Any
) -> None:
    settings.CHAT_DEFAULT_MODEL = '</script><script src="//evil.example">'
    page = told(browsers["nobody"].get("/"))
    assert page["defaultModel"] == settings.CHAT_DEFAULT_MODEL
    unknown = {"sees": None, "thinks": None, "efforts": [], "longest": None}
    unknown["room"] = {"": 2048}
    assert page["models"][0] == {"name": settings.CHAT_DEFAULT_MODEL, **unknown}


def test_it_knows_what_each_model_can_do(
    browsers: dict[str, httpx.Client], service: Service
) -> None:
    models = told(browsers["nobody"].get("/"))["models"]
    listed = httpx.get(f"{service.url}/v1/models", trust_env=False).json()["data"]
    assert [model["name"] for model in models] == [model["id"] for model in listed]
    known = {model["name"]: model for model in models}
    efforts = ["low", "high", "max"]
    assert known["glm-5.3"] == {
        "name": "glm-5.3",
        "sees": False,
        "thinks": "always",
        "efforts": efforts,
        "longest": 131_072,
        # By default it thinks with high; what its thoughts may take comes on top.
        "room": {"": 18_432, "low": 6_144, "high": 18_432, "max": 51_200},
    }
    assert known["glm-4.6v"]["sees"]


def test_who_may_see_requests_is_led_to_them(
    browsers: dict[str, httpx.Client], service: Service, settings: Any
) -> None:
    found = {name: told(browsers[name].get("/"))["adminRequest"] for name in PEOPLE}
    superusers = found.pop("superuser")
    assert set(found.values()) == {None}
    permit("colleague", "view_requestlog")
    assert told(browsers["colleague"].get("/"))["adminRequest"] == superusers

    identity = closed(id_of(service.post("Hello"))).pk
    row = browsers["superuser"].get(superusers.replace("{id}", identity))
    assert (row.status_code, identity in row.text) == (200, True)

    settings.CHAT_REQUEST_LOG = False
    assert told(browsers["superuser"].get("/"))["adminRequest"] is None


def test_the_simulators_words_are_known_where_it_answers(
    browsers: dict[str, httpx.Client],
) -> None:
    assert told(browsers["nobody"].get("/"))["scenarios"] == list(rows())


def test_it_knows_the_prefix_that_it_is_mounted_under(
    browsers: dict[str, httpx.Client], service: Service
) -> None:
    with serving(root_path="/x") as url:
        answer = httpx.get(f"{url}/", trust_env=False)
        assert told(answer)["chatUrl"] == "/x/api/chat"
        addresses = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
        assert len(addresses) > 1
        for address in addresses:
            assert address.startswith("/x/static/"), address
            # The proxy in front takes the prefix off.
            found = httpx.get(url + address.removeprefix("/x"), trust_env=False)
            assert found.status_code == 200, address


@pytest.mark.parametrize("mode", ["off", "all"])
def test_the_admin_links_to_it_where_it_is(
    browsers: dict[str, httpx.Client], settings: Any, mode: str
) -> None:
    settings.CHAT_PAGE = mode
    importlib.reload(site)
    try:
        shown = browsers["superuser"].get("/admin/").text
    finally:
        settings.CHAT_PAGE = "off"
        importlib.reload(site)
    assert ('<a href="/">View site</a>' in shown) is (mode == "all")


def test_there_is_an_icon_for_whoever_asks(browsers: dict[str, httpx.Client]) -> None:
    icon = browsers["nobody"].get("/favicon.ico", follow_redirects=True)
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    for address in ("/", "/admin/login/"):
        found = browsers["nobody"].get(address).text
        assert f'rel="icon" href="{icon.url.path}"' in found


def test_that_z_ai_refuses_the_key_is_said_to_staff_alone(
    browsers: dict[str, httpx.Client], service: Service
) -> None:
    closed(id_of(service.post("sim:error=1002")))
    said = {
        name: told(browser.get("/"))["keyProblem"] for name, browser in browsers.items()
    }
    assert said["nobody"] is said["visitor"] is None
    assert said["colleague"] == said["superuser"]
    assert said["colleague"].startswith("Z.AI refuses the key.")
