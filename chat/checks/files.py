"""Who can read the files with keys, and with what people wrote."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.db import connection

from chat.database_files import files_of
from config import dotenv, modes


def check_files(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"{path} can be read by others on this machine: it has {content}.",
            hint=f"Run `{_command(path)}` as its owner. The service has to be that, or "
            "of its group.",
            id="chat.W009",
        )
        for path, content in _files()
        if modes.openings(path)
    ]


def _files() -> Iterator[tuple[Path, str]]:
    yield dotenv.PATH, "the key and the secret"
    for path in files_of(connection):
        yield path, "what people wrote"
    if settings.CHAT_REQUEST_LOG:
        yield Path(settings.CHAT_SPOOL_DIR), "what waits for the database"


def _command(path: Path) -> str:
    who = "go" if modes.openings(path) & 0o070 else "o"
    return f"chmod {who}= {shlex.quote(str(path))}"
