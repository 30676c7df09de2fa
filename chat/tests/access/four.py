"""The service as four processes at one port, as uvicorn's supervisor runs it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat.access.clients import add_client
from chat.tests.access.asking import Answer
from chat.tests.e2e.process import START_SECONDS, Process
from chat.tests.e2e.raw_caller import calling
from chat.tests.requestlog.processes import quick_process
from chat.tests.waiting import eventually

WORKERS = 4


@contextlib.contextmanager
def workers(
    folder: Path, zai: Any, count: int = WORKERS, **variables: str
) -> Iterator[Process]:
    """So many that let in clients alone, and know those there are."""
    _, key = add_client("Somebody")
    with quick_process(
        folder / "a", zai, count, **{"CHAT_ACCESS": "keys", **variables}
    ) as process:
        started = "Application startup complete"
        eventually(lambda: process.output.count(started) == count, START_SECONDS)
        eventually(lambda: statuses(process.url, key) == {200})
        yield process


def statuses(url: str, key: str) -> set[int]:
    """What some who ask at once are told: each process gets one, as likely as not."""
    with calling(url, 5 * WORKERS) as callers:
        for caller in callers:
            authorization = f"Authorization: Bearer {key}"
            caller.send(caller.head("GET", "/v1/models", authorization))
        return {Answer(caller).status for caller in callers}
