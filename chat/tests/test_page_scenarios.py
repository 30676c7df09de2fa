"""What the page learns from the simulator, and from what is none."""

import threading
from typing import Any

import pytest

from chat.page.scenarios import scenarios
from chat.simulator.scenarios import rows
from chat.tests.serving import serving
from chat.tests.waiting import SECONDS

PATH = "/_simulator/scenarios"


class Server:
    """Something on this machine that answers whatever it is asked alike."""

    def __init__(self, status: int, body: bytes, location: str = "") -> None:
        self._headers = [(b"location", location.encode())] if location else []
        self._status, self._body = status, body
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        start = {"type": "http.response.start", "status": self._status}
        await send({**start, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


async def test_the_simulator_tells_its_words(zai: Any) -> None:
    assert await scenarios() == list(rows())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b'[{"name": "error"}]'),
        (200, b'{"name": "error"}'),
        (200, b"[" + b" " * 300_000 + b"]"),
        (302, b"[]"),
        (404, b"[]"),
        (500, b"[]"),
    ],
)
async def test_what_is_no_simulator_has_none_and_is_asked_once(
    zai: Any, settings: Any, status: int, body: bytes
) -> None:
    server = Server(status, body, zai.url + PATH if status == 302 else "")
    with serving(server, lifespan="off") as url:
        settings.ZAI_BASE_URL = f"{url}/api/paas/v4"
        assert [await scenarios(), await scenarios()] == [None, None]
    assert server.asked == [PATH]


async def test_the_environments_proxy_is_not_for_this_machine(
    zai: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.page.scenarios._seen", None)
    with serving(Server(200, b"[]"), lifespan="off") as url:
        monkeypatch.setenv("http_proxy", url)
        assert await scenarios() == list(rows())


async def test_nobody_is_asked_who_is_not_on_this_machine(settings: Any) -> None:
    server = Server(200, b"[]")
    with serving(server, lifespan="off", host="0.0.0.0") as url:
        settings.ZAI_BASE_URL = url.replace("127.0.0.1", "0.0.0.0")
        assert await scenarios() is None
    assert server.asked == []


async def test_nobody_waits_for_what_does_not_come(settings: Any) -> None:
    left = threading.Event()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    with serving(silent, lifespan="off") as url:
        settings.ZAI_BASE_URL = url
        assert await scenarios() is None
        assert left.wait(SECONDS)


async def test_nothing_being_there_is_no_fault(settings: Any) -> None:
    settings.ZAI_BASE_URL = "http://127.0.0.1:1/api/paas/v4"
    assert await scenarios() is None
