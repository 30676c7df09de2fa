"""Keys where none is looked for, keys that are none, and doors by other names."""

import ast
import ipaddress
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.access import clients, directory, entrance
from chat.models import ClientKey
from chat.tests.access.locked import (
    HELLO,
    SITE,
    client_with_key,
    lock,
    wait_until_known,
)
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS
from chat.web import connection
from chat.web.application import service as application
from chat.web.handler import Handler

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)
    monkeypatch.setattr(connection, "QUIET_SECONDS", 0.2)


@pytest.fixture
def key(service: Service) -> str:
    _, key = client_with_key()
    wait_until_known(key)
    return key


def post(service: Service, path: str = "/api/chat", **headers: str) -> httpx.Response:
    return httpx.post(
        service.url + path,
        json=HELLO,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=SECONDS,
        trust_env=False,
    )


def raw(service: Service, *headers: bytes, path: str = "/v1/models") -> bytes:
    """The status line of what a head gets, sent as it is."""
    with RawCaller(service.url) as caller:
        lines = [f"GET {path} HTTP/1.1".encode(), b"Host: " + caller.host.encode()]
        caller.send(b"\r\n".join([*lines, *headers, b"Connection: close", b"", b""]))
        return caller.read_to_end().partition(b"\r\n")[0]


# The header


def test_the_scheme_may_be_in_small_letters(service: Service, key: str) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert post(service, Authorization=f"{scheme} {key}").status_code == 200


def test_a_key_is_looked_for_in_one_place(zai: Any, service: Service, key: str) -> None:
    names = ("X-API-Key", "api-key", "x-goog-api-key", "X-Authorization", "Key")
    names += ("Proxy-Authorization", "X-Forwarded-Authorization", "Cookie")
    for name in names:
        for value in (key, f"Bearer {key}", f"key={key}; Authorization=Bearer {key}"):
            assert post(service, **{name: value}).status_code == 401, name
    for query in (f"key={key}", f"access_token={key}", f"Authorization=Bearer%20{key}"):
        assert post(service, f"/api/chat?{query}").status_code == 401, query
    assert zai.state()["total"] == 0


@pytest.mark.parametrize("first_is_right", [True, False])
def test_two_headers_are_no_header(
    service: Service, key: str, first_is_right: bool
) -> None:
    right, wrong = f"Authorization: Bearer {key}", "Authorization: Bearer zc_x"
    both = [right, wrong] if first_is_right else [wrong, right]
    for pair in (both, [right, right], [right, "Authorization: Basic eDp5"]):
        sent = [line.encode() for line in pair]
        assert b" 401 " in raw(service, *sent)
    assert b" 200 " in raw(service, right.encode())


def test_what_is_no_bearer_is_refused(service: Service, key: str) -> None:
    bearers = [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer  ",
        f"Basic {key}".encode(),
        f"Token {key}".encode(),
        key.encode(),
        f"Bearer\t{key}".encode(),
        f"Bearer {key} {key}".encode(),
        f"Bearer {key},".encode(),
        f"Bearer \t{key}".encode(),
        f'Bearer "{key}"'.encode(),
        f"Bearer {key}=".encode(),
        f"Bearer {key[:-1]}".encode(),
        f"Bearer {key.upper()}".encode(),
        f"Bearer {key}\u00a0".encode(),
        f"Bearer {key[:3]}\u0430{key[4:]}".encode(),
        b"Bearer \xff\xfe" + key.encode(),
        b"Bearer zc_" + b"x" * 8000,
        b"Bearer eyJ" + b"x" * 4000 + b"." + b"x" * 3000 + b".x",
        b"Bearer " + b"." * 8000,
    ]
    for bearer in bearers:
        got = raw(service, b"Authorization: " + bearer)
        # Beyond thirty wrong keys of an address it says to wait.
        assert b" 401 " in got, (bearer[:80], got)


def test_control_signs_in_a_header_are_no_request(service: Service, key: str) -> None:
    for sign in (b"\0", b"\x01", b"\x7f", b"\r", b"\x0b"):
        got = raw(service, b"Authorization: Bearer " + key.encode() + sign)
        assert not got or b" 40" in got, (sign, got)


def test_keys_that_begin_alike_are_not_confused(service: Service) -> None:
    ours, key = client_with_key("Ours")
    other, other_key = client_with_key("Other")
    ClientKey.objects.filter(client=other).update(beginning=key[:12])
    wait_until_known(other_key)
    twin = key[:-1] + ("A" if key[-1] != "A" else "B")
    for _ in range(2):
        assert post(service, Authorization=f"Bearer {key}").status_code == 200
        assert post(service, Authorization=f"Bearer {twin}").status_code == 401
    clients.revoke_client(other)
    wait_until_known(other_key, "revoked")
    assert post(service, Authorization=f"Bearer {other_key}").status_code == 401
    assert post(service, Authorization=f"Bearer {key}").status_code == 200


def test_keys_are_never_compared_as_text() -> None:
    """A digest is looked up: how long that takes tells nothing of a key."""
    for module in (entrance, directory):
        tree = ast.parse(Path(module.__file__).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and not isinstance(
                node.ops[0], ast.In | ast.NotIn
            ):
                sides = [node.left, *node.comparators]
                names = {s.id for s in sides if isinstance(s, ast.Name)}
                assert not names & {"text", "header", "digest"}, ast.unparse(node)


# The door by other names

METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "GET"]
PATHS = [
    *("//api/chat", "/api//chat", "/api/chat//", "/api/chat;x", "/API/chat"),
    *("/api/Chat", "/api%2fchat", "/api/%63hat", "/./api/chat", "/x/../api/chat"),
    *("/api/chat%00", "/api/chat%20", "/api/chat%0a", "/api/chat?x", "/api/chat/."),
    *("/v1//chat/completions", "/V1/chat/completions", "/v1/chat%2Fcompletions"),
    *("/admin/../api/chat", "/static/../api/chat", "/api\\chat", "/api/chat%3f"),
]


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/responses"])
def test_no_other_method_opens_a_door(zai: Any, service: Service, path: str) -> None:
    for method in METHODS:
        answer = httpx.request(
            method, service.url + path, json=HELLO, timeout=SECONDS, trust_env=False
        )
        expected = 204 if method == "OPTIONS" else 405
        assert answer.status_code == expected, method
    overridden = post(service, path, X_HTTP_Method_Override="GET")
    assert overridden.status_code == 401
    assert zai.state()["total"] == 0


@pytest.mark.parametrize("path", PATHS)
def test_no_other_name_of_a_door_opens_it(
    zai: Any, service: Service, path: str
) -> None:
    body = b'{"messages":[{"role":"user","content":"Hello"}]}'
    with RawCaller(service.url) as caller:
        head = [f"Content-Length: {len(body)}", "Connection: close"]
        caller.send(caller.head("POST", path, *head) + body)
        status = caller.read_to_end().split(b" ")[1]
    assert status in (b"401", b"404", b"400", b"403"), status
    assert zai.state()["total"] == 0


def test_a_browser_may_ask_whether_it_may(service: Service) -> None:
    asked = {
        "Origin": SITE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = httpx.options(
        service.url + "/api/chat", headers=asked, timeout=SECONDS, trust_env=False
    )
    assert answer.status_code == 200
    assert "authorization" in answer.headers["access-control-allow-headers"]


# Guessing


def test_who_guesses_is_told_to_wait_and_a_right_key_passes(
    service: Service, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    statuses = [
        post(service, Authorization=f"Bearer zc_{number:043}").status_code
        for number in range(33)
    ]
    assert statuses == [401] * 30 + [429] * 3
    told = post(service, Authorization="Bearer eyJ.e30.x")
    assert told.status_code == 429
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert told.json()["error"]["code"] == "rate_limited"
    assert post(service, Authorization=f"Bearer {key}").status_code == 200
    # Who has none is asked for one, and is no guesser.
    assert post(service).status_code == 401
    assert "too many wrong keys of one address" in caplog.text


def test_guessers_are_counted_by_their_network(settings: Any, zai: Any) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]
    with service_for(app=application(Handler()), proxy_headers=False) as service:

        def guess(address: str) -> int:
            sent = {"X_Forwarded_For": address, "Authorization": "Bearer zc_x"}
            return post(service, **sent).status_code

        mine = [guess(f"2001:db8:1:2::{number:x}") for number in range(31)]
        assert mine == [401] * 30 + [429]
        assert guess("2001:db8:1:2:ffff:ffff:ffff:ffff") == 429
        assert guess("2001:db8:1:3::1") == 401
        assert guess("192.0.2.1") == 401
