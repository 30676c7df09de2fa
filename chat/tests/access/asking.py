"""Many requests at once, each by a connection of its own, which stays open."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from chat.tests.e2e.raw_caller import RawCaller, calling
from chat.tests.waiting import SECONDS

LONG = "sim:stall=60@3"


class Answer:
    """The head of what a caller got; `caller` has the rest."""

    def __init__(self, caller: RawCaller) -> None:
        self.caller = caller
        head = caller.read_until(b"\r\n\r\n").split(b"\r\n\r\n")[0].decode()
        first, *lines = head.split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {k.lower(): v for k, v in (li.split(": ", 1) for li in lines)}

    @property
    def code(self) -> str:
        """Of the error, for which this waits."""
        received = self.caller.read_until(b"}}").decode()
        code: str = received.partition('"code":"')[2].partition('"')[0]
        return code


def ask(
    caller: RawCaller, text: str = LONG, *, key: str | None = None, **body: Any
) -> None:
    asked = {"messages": [{"role": "user", "content": text}], **body}
    payload = json.dumps(asked).encode()
    headers = [f"Content-Length: {len(payload)}"]
    headers += [f"Authorization: Bearer {key}"] if key else []
    caller.send(caller.head("POST", "/api/chat", *headers) + payload)


@contextmanager
def asking(
    url: str, count: int, text: str = LONG, *, key: str | None = None, **body: Any
) -> Iterator[list[Answer]]:
    """So many who ask at once, and stay as long as the block lasts; all have the head
    of their answer."""
    with calling(url, count) as callers:
        for caller in callers:
            ask(caller, text, key=key, **body)
        yield [Answer(caller) for caller in callers]


def let_in(answers: list[Answer]) -> list[Answer]:
    return [one for one in answers if one.status == 200]


def post(url: str, text: str = "Hello", key: str | None = None, **body: Any) -> Any:
    """An answer, whole: of a connection of its own."""
    return httpx.post(
        f"{url}/api/chat",
        json={"messages": [{"role": "user", "content": text}], **body},
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=SECONDS,
        trust_env=False,
    )


def ready(url: str) -> dict[str, Any]:
    """What /health/ready says, of whichever process answers."""
    told: dict[str, Any] = httpx.get(
        f"{url}/health/ready", timeout=SECONDS, trust_env=False
    ).json()
    return told
