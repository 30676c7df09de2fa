"""Callers who pay for what they ask: several clients, their users, and strangers."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from chat.access.clients import add_client
from chat.tests.waiting import SECONDS

PLAIN = {"Accept-Encoding": "identity"}
UNPRICED = "glm-of-tomorrow"
# Of a test: of those without a key a day.
OPEN_BUDGET = "0.08"
USERS = [f"user-{number}" for number in range(4)]


@dataclass(frozen=True)
class Payer:
    """Who asks: a client with its key and users, or nobody that is known."""

    name: str
    client_id: int | None = None
    key: str | None = None
    users: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Kind:
    """What is asked; after how many pieces or seconds the caller leaves, if it does."""

    name: str
    text: str = "Hello"
    body: dict[str, Any] = field(default_factory=dict)
    path: str = "/api/chat"
    pieces: int | None = None
    seconds: float | None = None
    weight: int = 3


KINDS = (
    Kind("a stream"),
    Kind("a slow stream", "sim:trickle=0.02 sim:events=20", weight=5),
    Kind("a whole answer", body={"stream": False}),
    Kind("OpenAI's", body={"stream": True}, path="/v1/chat/completions"),
    Kind("Responses'", body={"stream": True, "input": "Hello"}, path="/v1/responses"),
    Kind("who leaves", "sim:trickle=0.05 sim:events=90", pieces=3),
    Kind("who leaves early", "sim:silent", seconds=0.3, weight=1),
    Kind("who leaves whole", "sim:silent", {"stream": False}, seconds=0.3, weight=1),
    Kind("a cut", "sim:cut=3"),
    Kind("a rejection", "sim:error=1210"),
    Kind("a retry", "sim:error-once=1302", weight=1),
    Kind("a refusal", body={"temperature": 7}, weight=1),
    Kind("a model without a price", f"sim:other-model={UNPRICED}", weight=1),
)


def make_payers() -> list[Payer]:
    """Clients as they are: without limits, nearly without money, with many users."""
    rich, rich_key = add_client("Rich", budget_usd_per_month=Decimal(1000))
    poor, poor_key = add_client("Poor", budget_usd_per_day=Decimal("0.03"))
    many, many_key = add_client(
        "Many",
        budget_usd_per_day=Decimal(10),
        user_budget_usd_per_day=Decimal("0.03"),
        user_open_at_once=3,
    )
    free, free_key = add_client("Without a budget", open_at_once=6)
    return [
        Payer("open"),
        Payer("rich", rich.pk, rich_key),
        Payer("poor", poor.pk, poor_key),
        Payer("many", many.pk, many_key, tuple(USERS)),
        Payer("free", free.pk, free_key, ("", "somebody")),
    ]


class Payers:
    """Threads that ask one of `urls` each time, until `leave`."""

    def __init__(
        self, threads: int, payers: list[Payer], chance: random.Random
    ) -> None:
        self.urls: list[str] = []
        self.made = 0  # requests, answered or not
        self.answered: list[str] = []  # ids of those that were let in
        self.told: Counter[str] = Counter()
        self._payers = payers
        self._over = threading.Event()
        self._chance = chance
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(threads)]

    def begin(self, *urls: str) -> None:
        """Ask at `urls` from now on."""
        self.urls = list(urls)
        for thread in self._threads:
            if not thread.ident:
                thread.start()

    def leave(self) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def _ask_on(self) -> None:
        options = {"trust_env": False, "verify": False, "headers": PLAIN}
        while not self._over.is_set():
            [kind] = self._chance.choices(KINDS, [kind.weight for kind in KINDS])
            patience = httpx.Timeout(SECONDS, read=kind.seconds or SECONDS)
            try:
                # Each by a connection of its own, or one process would have them all.
                with httpx.Client(**options, timeout=patience) as client:
                    self._ask(client, kind, self._chance.choice(self._payers))
            except httpx.ReadTimeout:
                self.told["left before the answer"] += 1
            except httpx.HTTPError:
                self.told["nobody was there, or not to the end"] += 1
                time.sleep(0.05)  # until it is up again

    def _ask(self, client: httpx.Client, kind: Kind, payer: Payer) -> None:
        body = {"messages": [{"role": "user", "content": kind.text}], **kind.body}
        if user := self._chance.choice(payer.users):
            body["user_id"] = user
        headers = {"Authorization": f"Bearer {payer.key}"} if payer.key else {}
        url = f"{self._chance.choice(self.urls)}{kind.path}"
        with client.stream("POST", url, json=body, headers=headers) as response:
            self.made += 1
            if response.status_code != 200:
                code = msgspec.json.decode(response.read())["error"]["code"]
                self.told[f"{response.status_code} {code}"] += 1
                return
            self.answered.append(response.headers["x-request-id"])
            for number, _ in enumerate(response.iter_raw()):
                if number == kind.pieces:
                    self.told["left in the midst"] += 1
                    return
            self.told["200"] += 1
