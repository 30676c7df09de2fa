"""The line below the overview: what the service keeps, where, and by whom it is run."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.safestring import SafeString

from chat.admin.amounts import count, size
from chat.admin.standing.disk import growth_a_day, size_of_database
from chat.admin.standing.rows import rows_of
from chat.admin.time_zone import moment
from chat.models import Alert, Process, RequestLog
from config.version import read_version

Said = tuple[str, str | SafeString]
ALIVE = timedelta(seconds=25)  # a lease is renewed every 10 s


def standing() -> list[Said]:
    """Names and what there is to say: a bounded number of queries, none that grows."""
    return [*_of_rows(timezone.now()), *_of_files(), *_of_parts()]


def _of_rows(now: datetime) -> Iterator[Said]:
    rows = rows_of(RequestLog)
    about = "about " if rows.is_estimate else ""
    yield "Rows", f"{about}{count(rows.number)}"
    times = RequestLog.objects.order_by("created_at").values_list("created_at")
    if oldest := times.first():
        yield "The oldest", moment(oldest[0])
    yield "Kept", f"rows {_days(settings.CHAT_LOG_DAYS)}, texts {_texts()}"
    taken = size_of_database()
    growth = growth_a_day(taken, rows.number, now)
    grows = f", about {size(growth)} more a day" if growth else ""
    yield "On the disk", size(taken) + grows


def _of_files() -> Iterator[Said]:
    # Late, or whoever registers the admin would begin the log.
    from chat.requestlog.journal import current

    if journal := current():
        waiting = journal.spool.waiting_bytes + journal.lifeline.told_by_others()
        yield "Spool", f"{size(waiting)} wait" if waiting else "nothing waits"


def _of_parts() -> Iterator[Said]:
    since = Now() - ALIVE
    hosts = list(
        Process.objects.filter(renewed_at__gte=since).values_list("host", flat=True)
    )
    on = f" on {len(set(hosts))} hosts" if len(set(hosts)) > 1 else ""
    yield "Processes", f"{len(hosts)}{on}"
    yield "Database", _database()
    yield "Redis", _redis()
    yield "Alerts", _alerts()
    yield "Version", f"zai-chat-django {read_version()}"


def _days(days: int) -> str:
    return f"{days:,} days" if days else "for good"


def _texts() -> str:
    return _days(settings.CHAT_TEXT_DAYS) if settings.CHAT_STORE_TEXT else "never"


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    major, minor = divmod(int(connection.pg_version), 10_000)  # type: ignore[attr-defined]
    return f"PostgreSQL {major}.{minor}"


def _redis() -> str:
    if not settings.REDIS_URL:
        return "none: each process counts limits for itself"
    from chat.access import watch

    is_away = any("Redis" in said for said in watch.problems())
    return "away" if is_away else "counts for all processes"


def _alerts() -> str:
    if not settings.ALERT_WEBHOOK_URL:
        return "nobody is told (ALERT_WEBHOOK_URL)"
    host = urlsplit(settings.ALERT_WEBHOOK_URL).hostname
    on = Alert.objects.filter(ended_at=None).count()
    return f"to {host}; {on} not over" if on else f"to {host}; none now"
