"""Who started this process to serve for it, and what follows when that one has died."""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from functools import cache

from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1.0


@cache
def supervisor() -> int | None:
    """Return the process that looks after this one; None where there is none.

    A shell, systemd or a container's init may go, or be the parent of everything: only
    whoever starts workers of its own counts. Asked first while it lives.
    """
    if parent := multiprocessing.parent_process():  # uvicorn, and others like it
        return parent.pid
    forked = "gunicorn.arbiter" in sys.modules
    if forked or os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
        return os.getppid()
    return None


def is_gone(number: int) -> bool:
    """Whether the supervisor `number` has died: another is the parent then."""
    return os.getppid() != number


async def end_with_supervisor() -> None:
    """Stop this process as SIGTERM does once its supervisor has died.

    Nobody else would, and it would hold the port against a new start.
    """
    number = supervisor()
    if number is None or sys.platform == "win32":  # there a parent is never replaced
        return
    while not is_gone(number):  # noqa: ASYNC110 (nothing tells)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    logger.warning("The supervisor (process %d) has died; this worker stops", number)
    os.kill(os.getpid(), signal.SIGTERM)
