"""What the request log needs."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connection

from chat.access.unlogged import find_unlogged_budget

OLDEST_SQLITE = (3, 35)  # RETURNING


def check_sqlite(**_: Any) -> list[CheckMessage]:
    version = sqlite3.sqlite_version_info
    if connection.vendor != "sqlite" or version >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old for the request log, which "
            "needs 3.35.",
            hint="Use a Python with a newer SQLite, or set DATABASE_URL to PostgreSQL.",
            id="chat.E002",
        )
    ]


def check_spool(**_: Any) -> list[CheckMessage]:
    folder = Path(settings.CHAT_SPOOL_DIR)
    while not folder.exists():
        folder = folder.parent
    if not settings.CHAT_REQUEST_LOG or os.access(folder, os.W_OK):
        return []
    return [
        Warning(
            f"CHAT_SPOOL_DIR cannot be written ({folder}): requests wait for the "
            "database, and rows of the request log are lost while it is away.",
            hint="Let the service's account write there, or name another folder.",
            id="chat.W007",
        )
    ]


def check_budgets(**_: Any) -> list[CheckMessage]:
    sentence = find_unlogged_budget()
    return [Error(sentence, id="chat.E004")] if sentence else []
