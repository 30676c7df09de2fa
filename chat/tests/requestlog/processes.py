"""Services as processes, on the database of the test."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from chat.tests.e2e import process as processes
from chat.tests.e2e.process import UVICORN, Process, started

QUICK = tuple(
    word.replace("config.asgi", "chat.tests.requestlog.quick") for word in UVICORN
)


def database_url(name: str = "", port: int | None = None) -> str:
    """Where the test's database is, or another; by way of another port, if given."""
    name = name or connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    user, password = given["USER"], given["PASSWORD"]
    host, port = given["HOST"] or "127.0.0.1", port or given["PORT"] or 5432
    return f"postgres://{user}:{password}@{host}:{port}/{name}"


@contextlib.contextmanager
def quick_process(
    folder: Path, zai: Any, workers: int = 1, **variables: str
) -> Iterator[Process]:
    """A started service whose spool is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    # Its supervisor would kill workers that take more than 5 s to begin.
    patience = ("--timeout-worker-healthcheck", "60")
    several = ("--workers", str(workers), *patience) if workers > 1 else ()
    with pytest.MonkeyPatch.context() as patch:
        words = (*QUICK, "--port", "{port}", *several)
        patch.setitem(processes.COMMANDS, "quick", words)
        with started(
            folder,
            "quick",
            **{
                "DATABASE_URL": database_url(),
                "ZAI_BASE_URL": zai.base_url,
                "CHAT_SPOOL_DIR": str(folder.parent / "spool"),
                "CHAT_SHUTDOWN_GRACE_SECONDS": "0",
                **variables,
            },
        ) as process:
            process.wait_until_it_listens()
            yield process


def serving_processes(process: Process) -> list[psutil.Process]:
    """The workers, or the one process where there are none."""
    parent = psutil.Process(process.popen.pid)
    children = [
        child
        for child in parent.children()
        if "multiprocessing.spawn" in " ".join(child.cmdline())
        or "spawn_main" in " ".join(child.cmdline())
    ]
    return children or [parent]
