"""Is the database slow with some records, or with all?"""

import secrets
from datetime import UTC, datetime

from msgspec.structs import replace

from chat.requestlog.database import Watchdog
from chat.requestlog.record import Record, Row, Text, bare

# What PostgreSQL says when it ends a statement that took too long, or that waited for a
# lock, or for another that waited for it.
OF_TIME = {"57014", "55P03", "40P01", "40001"}


class TooSlow(Exception):
    """The database answers, and takes other records, but not these in time."""


def is_of_time(error: Exception, watchdog: Watchdog | None) -> bool:
    if getattr(error.__cause__, "sqlstate", None) in OF_TIME:
        return True
    return watchdog is not None and watchdog.has_cut


def probe(record: Record | None) -> Record:
    """Return a record like `record` with which nothing but the database is slow."""
    name = f"probe_{secrets.token_hex(8)}"
    now = datetime.now(UTC)
    row = Row(id=name, created_at=now, dialect="", path="", process="")
    row = replace(bare(record).row, id=name) if record else row
    return Record(row, Text(messages=[{"role": "user", "content": name}]))
