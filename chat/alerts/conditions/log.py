"""The request log of this process cannot be written: the database, or the disk."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings

from chat.alerts.condition import Condition, Finding
from chat.requestlog.journal import current
from chat.requestlog.spool import Spool

# A database that is started anew is no news.
SILENT_SECONDS = 30.0
NEARLY_FULL = 0.8
LOST_LATELY = timedelta(hours=1)
LITTLE_ROOM = 100_000_000


def look() -> list[Finding]:
    journal = current()
    if journal is None:
        return []
    found = list(_of_the_spool(journal.spool))
    since = journal.writer.silent_since
    if since is not None and time.monotonic() - since > SILENT_SECONDS:
        found.insert(0, "The database takes no rows; they wait in CHAT_SPOOL_DIR.")
    return [Finding("", " ".join(found))] if found else []


def _of_the_spool(spool: Spool) -> Iterator[str]:
    if waiting := len(spool.in_memory):
        yield (
            f"Neither the database nor the disk takes rows: {waiting} wait in memory,"
            " and a stop would lose them."
        )
    elif spool.waiting_bytes > NEARLY_FULL * settings.CHAT_SPOOL_MAX_BYTES:
        yield "The spool is nearly full (CHAT_SPOOL_MAX_BYTES)."
    with suppress(OSError):
        if shutil.disk_usage(spool.folder).free < LITTLE_ROOM:
            yield "The disk of CHAT_SPOOL_DIR has less than 100 MB of room."
    lost = spool.losses.total()
    if lost.last and datetime.now(UTC) - lost.last < LOST_LATELY:
        yield "Rows were lost for want of room on the disk."


LOG = Condition("log", "The request log cannot be written", look, quiet_seconds=60)
