"""Someone who asks, leaves, comes back and stops, by chance."""

import asyncio
import contextlib
import random
from collections import Counter
from typing import Any

import httpx

CHAT = "/api/chat"
QUESTIONS = ("sim:takes=0.4", "sim:takes=0.8", "sim:flood sim:events=300", "Hello")
PATIENCE = (None, "stop", "finish", 0.2, 2)
END = {True: b"data: [DONE]\n\n", False: b'data: {"data": "[DONE]"}\n\n'}
ERRORS = (b'"type":"error"', b'"error":{', b'"type":"abort"')


class Faults(Counter[str]):
    """What must never be, and how often it was."""


class Visitor:
    """Asks and comes back at any of `urls`, which are processes of one service."""

    def __init__(
        self,
        urls: list[str],
        client: httpx.AsyncClient,
        other: httpx.AsyncClient,
        counts: Counter[str],
    ) -> None:
        self._urls = urls
        self._client = client
        self._other = other  # who is to have nothing of it
        self.counts = counts
        self.faults = Faults()
        self._number = 0

    async def act(self) -> None:
        """Ask once, and do something with what comes of it."""
        self._number += 1
        is_chat = random.random() < 0.6
        chat = f"chat{self._number % 3}"
        body = _body(random.choice(QUESTIONS), chat if is_chat else None)
        identity, came = await self._ask(body, leaves=random.random() < 0.8)
        if identity is None:
            return
        for _ in range(random.randrange(4)):
            await self._come_back(identity, chat if is_chat else None, came, is_chat)
        if random.random() < 0.1:
            await self._try_as_another(chat)

    async def _ask(
        self, body: dict[str, Any], leaves: bool
    ) -> tuple[str | None, bytes]:
        self.counts["asked"] += 1
        most = random.randrange(1, 6000) if leaves else 10**9
        came, url = b"", random.choice(self._urls) + CHAT
        async with self._client.stream("POST", url, json=body) as answer:
            if answer.status_code != 200:
                self.faults[f"status {answer.status_code}"] += 1
                return None, b""
            async for piece in answer.aiter_raw():
                came += piece
                if len(came) >= most:
                    break
        return answer.headers["x-request-id"], came

    async def _come_back(
        self, identity: str, chat: str | None, came: bytes, is_chat: bool
    ) -> None:
        what = random.choice(("resume", "go on", "stop", "glance", "wait"))
        self.counts[what] += 1
        name = chat if chat and random.random() < 0.5 else identity
        if what == "wait":
            await asyncio.sleep(random.random() * 0.3)
        elif what == "stop":
            await self._client.post(self._at(name, "stop"))
        elif what == "glance":
            with contextlib.suppress(httpx.StreamError):
                async with self._client.stream("GET", self._at(name, "stream")) as got:
                    async for _ in got.aiter_raw():
                        break
        elif what == "resume":
            got = await self._client.get(self._at(identity, "stream"))
            self._check(came, got, is_chat)
        elif not is_chat:
            await self._go_on(identity, came)

    async def _go_on(self, identity: str, came: bytes) -> None:
        frames = _frames(came)
        last = random.randint(0, len(frames))
        headers = {"Last-Event-ID": str(last)}
        url = self._at(identity, "events")
        got = await self._client.get(url, headers=headers)
        if got.status_code == 200:
            before = b"".join(frames[:last])
            whole = before + b"".join(_frames(got.content))
            numbers = [f.partition(b"\n")[0] for f in _frames(whole)]
            if numbers and b'"error":{' in numbers[-1]:
                numbers.pop()  # of a process that only tells what another made
            if numbers != [b"id: %d" % n for n in range(1, len(numbers) + 1)]:
                self.faults["a gap or a repeat"] += 1

    def _check(self, came: bytes, got: httpx.Response, is_chat: bool) -> None:
        """All that came before is the beginning, and the end is one."""
        if got.status_code == 204:
            self.counts["nothing"] += 1
            return
        whole = b"".join(_frames(got.content))
        if not whole.startswith(b"".join(_frames(came))):
            self.faults["another beginning"] += 1
        has_end = whole.endswith(END[is_chat]) or any(e in whole for e in ERRORS)
        if not has_end:
            self.faults["ends in silence"] += 1
        self.counts["whole again"] += has_end

    async def _try_as_another(self, chat: str) -> None:
        self.counts["tried as another"] += 1
        got = await self._other.get(self._at(chat, "stream"))
        stopped = await self._other.post(self._at(chat, "stop"))
        if got.status_code != 204 or stopped.json()["stopped"]:
            self.faults["given to another"] += 1

    def _at(self, name: str, what: str) -> str:
        return f"{random.choice(self._urls)}{CHAT}/{name}/{what}"


def _body(text: str, chat: str | None) -> dict[str, Any]:
    patience = random.choice(PATIENCE)
    more = {} if patience is None else {"on_leave": patience}
    if chat is None:
        messages = [{"role": "user", "content": text}]
        return {"messages": messages, "resumable": True, **more}
    parts = [{"type": "text", "text": text}]
    messages = [{"id": "1", "role": "user", "parts": parts}]  # type: ignore[dict-item]
    return {"id": chat, "trigger": "submit-message", "messages": messages, **more}


def _frames(body: bytes) -> list[bytes]:
    """Those that are whole, but for comments."""
    found = body.split(b"\n\n")[:-1]
    return [frame + b"\n\n" for frame in found if not frame.startswith(b":")]
