"""Who asks, leaves and comes back: a browser, as far as a test needs one."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from chat.tests.waiting import SECONDS


def use_chat(text: str, chat: str = "chat1", **more: Any) -> dict[str, Any]:
    """A body as `useChat` sends it."""
    parts = [{"type": "text", "text": text}]
    messages = [{"id": "m1", "role": "user", "parts": parts}]
    return {"id": chat, "messages": messages, "trigger": "submit-message", **more}


class Browser:
    """Keeps cookies; every request is on a connection of its own."""

    def __init__(self, url: str, key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            base_url=url, timeout=SECONDS, trust_env=False, headers=headers
        )

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def ask_and_leave(
        self,
        body: dict[str, Any],
        until: bytes = b'"delta"',
        path: str = "/api/chat",
        enough: int | None = None,
    ) -> tuple[str, bytes]:
        """The id of the request, and what came until `until` did, or `enough` bytes."""
        came = b""
        with self._client.stream("POST", path, json=body) as answer:
            assert answer.status_code == 200, answer.read()
            for piece in answer.iter_raw():
                came += piece
                if until in came if enough is None else len(came) >= enough:
                    break
        return answer.headers["x-request-id"], came

    def go_on_after(self, identity: str, came: bytes, enough: int) -> bytes:
        """The whole frames of `came`, and what follows them, `enough` bytes or all."""
        before, end, _ = came.rpartition(b"\n\n")
        before, more = before + end, b""
        last = before.rpartition(b"id: ")[2].partition(b"\n")[0]
        headers = {"Last-Event-ID": last.decode()}
        path = f"/api/chat/{identity}/events"
        with self._client.stream("GET", path, headers=headers) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw():
                more += piece
                if len(more) >= enough:
                    break
        return before + more

    @contextlib.contextmanager
    def stream(self, body: dict[str, Any]) -> Iterator[Iterator[bytes]]:
        with self._client.stream("POST", "/api/chat", json=body) as answer:
            assert answer.status_code == 200
            yield answer.iter_raw()

    def ask_amid(self, body: dict[str, Any], amid: Callable[[], None]) -> bytes:
        """All of an answer; once its words have begun, `amid` is called."""
        with self._client.stream("POST", "/api/chat", json=body) as answer:
            pieces, came = answer.iter_raw(), b""
            while b'"delta"' not in came:
                came += next(pieces)
            amid()
            return came + b"".join(pieces)

    def ask(self, body: dict[str, Any], path: str = "/api/chat") -> httpx.Response:
        return self._client.post(path, json=body)

    def send(self, path: str, body: str, headers: dict[str, str]) -> httpx.Response:
        return self._client.post(path, content=body, headers=headers)

    def resume(self, identity: str, **query: Any) -> httpx.Response:
        return self._client.get(f"/api/chat/{identity}/stream", params=query)

    def is_nothing(self, identity: str) -> bool:
        """The same, without waiting for the end of what there is."""
        path = f"/api/chat/{identity}/stream"
        with self._client.stream("GET", path) as answer:
            return answer.status_code == 204

    @contextlib.contextmanager
    def follow(self, identity: str) -> Iterator[Iterator[bytes]]:
        """An answer to read piece by piece; leaving the block leaves the service."""
        path = f"/api/chat/{identity}/stream"
        with self._client.stream("GET", path) as answer:
            assert answer.status_code == 200
            yield answer.iter_raw()

    def go_on(
        self, identity: str, last: int | str | None = None, **query: Any
    ) -> httpx.Response:
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        path = f"/api/chat/{identity}/events"
        return self._client.get(path, headers=headers, params=query)

    def stop(self, identity: str, **query: Any) -> bool:
        answer = self._client.post(f"/api/chat/{identity}/stop", params=query)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["stopped"])


def also_at(browser: Browser, url: str) -> Browser:
    """The same browser, at another process."""
    other = Browser(url)
    other.cookies["chat_browser"] = browser.cookies["chat_browser"]
    return other


def is_nothing(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.content) == (204, b"")


def chunks(body: bytes) -> list[dict[str, Any]]:
    """Those of an answer for `useChat`."""
    return [
        json.loads(frame.removeprefix(b"data: "))
        for frame in body.split(b"\n\n")
        if frame.startswith(b"data: {")
    ]


def words(body: bytes) -> str:
    """What is said and thought."""
    kinds = ("text-delta", "reasoning-delta")
    return "".join(one["delta"] for one in chunks(body) if one["type"] in kinds)


def without_comments(body: bytes) -> bytes:
    frames = [one for one in body.split(b"\n\n")[:-1] if not one.startswith(b":")]
    return b"".join(one + b"\n\n" for one in frames)
