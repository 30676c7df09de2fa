"""Callers of every kind, who remember what they were told until they were cut off."""

import random
import threading
import time
from dataclasses import dataclass, field

import httpx
import msgspec

from chat.models import RequestLog
from chat.tests.frames import text_of
from chat.tests.waiting import SECONDS

PLAIN = {"Accept-Encoding": "identity"}
BIG = "word " * 80_000  # more than is written on the event loop


@dataclass(frozen=True)
class Kind:
    """What a caller asks, how the last of the answer looks, and what the log must say
    of who saw that: ending, status, error status."""

    name: str
    body: dict[str, object]
    last: bytes
    ends: tuple[str, int, int | None]
    path: str = "/api/chat"
    weight: int = 3


def asking(text: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": text}], **more}


PART = {"type": "text", "text": "sim:trickle=0.01 sim:events=9"}
DONE = b'data: {"data":"[DONE]"}\n\n'
COMPLETED = ("completed", 200, None)
KINDS = (
    Kind("a stream", asking("Hello"), DONE, COMPLETED),
    Kind("a slow stream", asking("sim:trickle=0.02 sim:events=20"), DONE, COMPLETED),
    Kind("a whole answer", asking("Hello", stream=False), b"}", COMPLETED),
    Kind("a big question", asking(f"{BIG} Hello"), DONE, COMPLETED),
    Kind(
        "a big answer", asking("sim:flood sim:events=50000"), DONE, COMPLETED, weight=1
    ),
    Kind(
        "useChat",
        {"messages": [{"id": "a", "role": "user", "parts": [PART]}]},
        b"data: [DONE]\n\n",
        COMPLETED,
    ),
    Kind(
        "OpenAI",
        asking("Hello", stream=True),
        b"data: [DONE]\n\n",
        COMPLETED,
        "/v1/chat/completions",
    ),
    Kind("a refusal", asking("Hello", temperature=7), b"}", ("refused", 400, 400)),
    Kind(
        "a rejection",
        asking("sim:error=1210"),
        b"}",
        ("upstream_rejected", 400, 400),
    ),
    Kind("a cut", asking("sim:cut=3"), b"}\n\n", ("upstream_failed", 200, 502)),
)


@dataclass
class Seen:
    """What one caller has of an answer."""

    kind: Kind
    identity: str
    length: int | None
    received: bytearray = field(default_factory=bytearray)
    saw_the_end: bool = False

    def take(self, data: bytes) -> None:
        self.received += data
        if self.length is not None:
            self.saw_the_end = len(self.received) == self.length
        elif self.kind.name == "a cut":
            self.saw_the_end = b'"error"' in self.received
        else:
            self.saw_the_end = self._tail.endswith(self.kind.last)

    @property
    def _tail(self) -> bytes:
        return bytes(self.received[-50:]).replace(b'": "', b'":"')

    def contradiction(self, row: RequestLog | None) -> str | None:
        """How `row` contradicts what was seen; None if it does not."""
        if row is None:
            return f"{self.identity}, {self.kind.name}: no row"
        told = (row.ending, row.status, row.error_status)
        if self.saw_the_end and told != self.kind.ends:
            return f"{self.identity}, {self.kind.name}: {told}"
        if self.saw_the_end and (words := self._words()) is not None:
            answer = row.text.answer
            if answer is None or answer.body["content"] != words:
                return f"{self.identity}, {self.kind.name}: another answer"
            if row.text.prompt is None:
                return f"{self.identity}, {self.kind.name}: no question"
        return None

    def _words(self) -> str | None:
        """The words of the answer, where they are kept whole and easy to read."""
        if self.kind.name in ("a stream", "a slow stream", "a big question"):
            return text_of(bytes(self.received))
        if self.kind.name == "a whole answer":
            answer = msgspec.json.decode(bytes(self.received))
            words: str = answer["choices"][0]["message"]["content"]
            return words
        return None


class Crowd:
    """Threads that ask whoever is at `url`, until `leave`."""

    def __init__(self, callers: int, chance: random.Random) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self._over = threading.Event()
        self._chance = chance
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]

    def begin(self, url: str) -> None:
        """Ask at `url` from now on."""
        self.url = url
        for thread in self._threads:
            if not thread.ident:
                thread.start()

    def leave(self) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def _call(self) -> None:
        options = {"trust_env": False, "verify": False, "timeout": SECONDS}
        with httpx.Client(**options, headers=PLAIN) as client:
            self._call_by(client)

    def _call_by(self, client: httpx.Client) -> None:
        while not self._over.is_set():
            [kind] = self._chance.choices(KINDS, [kind.weight for kind in KINDS])
            try:
                self._ask(client, kind)
            except httpx.HTTPError:
                time.sleep(0.05)  # until it is up again

    def _ask(self, client: httpx.Client, kind: Kind) -> None:
        url = f"{self.url}{kind.path}"
        with client.stream("POST", url, json=kind.body) as response:
            length = response.headers.get("content-length")
            identity = response.headers["x-request-id"]
            seen = Seen(kind, identity, int(length) if length else None)
            self.seen.append(seen)
            for data in response.iter_raw():
                seen.take(data)


def contradictions(crowd: Crowd) -> list[str]:
    """What the log says otherwise than callers know it."""
    texts = RequestLog.objects.select_related("text__answer", "text__prompt")
    rows = texts.in_bulk([one.identity for one in crowd.seen])
    found = (one.contradiction(rows.get(one.identity)) for one in crowd.seen)
    return [one for one in found if one]
