"""Asking one host of a cluster, by its own address."""

import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.process import CannotStart, python
from cluster.ground import Cluster

SECONDS = 60.0


@dataclass
class Sides:
    """`a` and `b` ask the one host and the other, each answer on a connection of its
    own, which any worker may take."""

    cluster: Cluster
    a: httpx.AsyncClient
    b: httpx.AsyncClient

    @property
    def both(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        return self.a, self.b

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.cluster.database.rows(query, *values)
        return found


@asynccontextmanager
async def sides_of(cluster: Cluster) -> AsyncIterator[Sides]:
    limits = httpx.Limits(max_keepalive_connections=0)
    a, b = (
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{host.port}",
            timeout=SECONDS,
            limits=limits,
            trust_env=False,
        )
        for host in cluster.hosts.values()
    )
    async with a, b:
        yield Sides(cluster, a, b)


def add_client(cluster: Cluster, name: str, *words: str) -> str:
    """Make a client of the service; return its key. Raises CannotStart."""
    told = _manage(cluster, "client", "add", name, *words, "--json")
    return str(json.loads(told)["key"])


def revoke_client(cluster: Cluster, name: str) -> None:
    _manage(cluster, "client", "revoke", name)


def body(text: str, **further: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **further}


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def ask(
    side: httpx.AsyncClient, text: str, key: str = "", **further: Any
) -> httpx.Response:
    """Ask for an answer, and return it once all of it is there."""
    headers = by(key) if key else {}
    return await side.post("/api/chat", json=body(text, **further), headers=headers)


def code_of(answer: httpx.Response) -> str:
    """Return what it was refused for; nothing if it was not."""
    if answer.status_code == 200:
        return ""
    return str(answer.json()["error"]["code"])


def _manage(cluster: Cluster, *words: str) -> str:
    """As an operator on the host a."""
    host = cluster.hosts["a"]
    settings = {**host.settings, "DATABASE_URL": cluster.database.url}
    done = subprocess.run(
        python("manage.py", *words),
        cwd=host.root,
        env={**os.environ, **settings, "CHAT_SPOOL_DIR": str(host.spool)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotStart(f"manage.py {words[0]}: {done.stderr[-300:]}")
    return done.stdout
