"""A service that asks for keys, the clients it knows, and every way to ask it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from chat.access import watch
from chat.access.clients import add_client
from chat.access.directory import directory
from chat.access.refusals import refusals
from chat.models import Client
from chat.tests.waiting import SECONDS, eventually

SITE = "https://site.example"  # one that may call from a browser
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
RESPONSES = {"input": "Hello"}
USE_CHAT = {
    "id": "c",
    "trigger": "submit-message",
    "messages": [
        {"id": "m", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}
    ],
}


@dataclass(frozen=True)
class Way:
    """A path, and in whose words it is asked there. `body`: None of a GET."""

    path: str
    dialect: str
    body: dict[str, Any] | None = None
    found: int = 200  # what a right key gets

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    def __str__(self) -> str:
        stream = (self.body or {}).get("stream", "")
        return f"{self.method} {self.path} {self.dialect} {stream}".strip()


def _with_slash(way: Way) -> Iterator[Way]:
    yield way
    yield Way(way.path + "/", way.dialect, way.body, way.found)


ASKING = [
    one
    for way in (
        Way("/api/chat", "native", HELLO),
        Way("/api/chat", "native", {**HELLO, "stream": False}),
        Way("/api/chat", "ui-messages", USE_CHAT),
        Way("/v1/chat/completions", "openai", HELLO),
        Way("/v1/chat/completions", "openai", {**HELLO, "stream": True}),
        Way("/v1/responses", "openai", RESPONSES),
        Way("/v1/responses", "openai", {**RESPONSES, "stream": True}),
    )
    for one in _with_slash(way)
]
LOOKING = [
    one
    for way in (
        Way("/v1/models", "openai"),
        Way("/v1/models/glm-4.6", "openai"),
        Way("/api/chat/abc/stream", "native", found=204),
    )
    for one in _with_slash(way)
]
WAYS = [*ASKING, *LOOKING]


def lock(settings: Any, monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """Have services that are begun from now on ask for keys, and look often at what
    they know. `values`: of further settings."""
    settings.CHAT_ACCESS = "keys"
    for name, value in values.items():
        setattr(settings, name, value)
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_NOTES", 0.1)
    # What other tests left.
    monkeypatch.setattr(refusals, "_counts", Counter())


def client_with_key(name: str = "Shop", /, **fields: Any) -> tuple[Client, str]:
    """Add a client that this process will soon know."""
    return add_client(name, **fields)


def wait_until_known(key: str, problem: str | None = None) -> None:
    """Until this process knows of `key`, and what is the matter with it."""

    def is_known() -> bool:
        found = directory.find(key)
        return found is not None and found.problem == problem

    eventually(is_known)


def ask(
    url: str,
    way: Way,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **further: Any,
) -> httpx.Response:
    """Ask as a page of SITE would; `further` is added to the body."""
    sent = {"Origin": SITE, **({"Authorization": f"Bearer {key}"} if key else {})}
    body = None if way.body is None else {**way.body, **further}
    return httpx.request(
        way.method,
        url + way.path,
        json=body,
        headers={**sent, **(headers or {})},
        timeout=SECONDS,
        trust_env=False,
    )


@dataclass
class Told:
    """A refusal, as its dialect tells it; None is what it does not tell."""

    message: str
    code: str | None = None
    type: str | None = None
    fields: set[str] = field(default_factory=set)


def told(response: httpx.Response, dialect: str) -> Told:
    """Read a refusal, which is of the shape of `dialect` and of no other."""
    kind = response.headers["content-type"]
    if dialect == "ui-messages":
        assert kind == "text/plain; charset=utf-8"
        return Told(response.text)
    assert kind == "application/json"
    body = response.json()
    error = body["error"]
    names = {"message", "type", "code", "param"}
    if dialect == "openai":
        assert body.keys() == {"error"} and error.keys() == names
    else:
        assert body.keys() == {"detail", "error"}
        assert error.keys() == names | {"request_id"}
        assert body["detail"] == error["message"]
        assert error["request_id"] == response.headers["x-request-id"]
    return Told(error["message"], error["code"], error["type"])
