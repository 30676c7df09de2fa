"""When keys were used last: noted on the event loop, written down by the watch."""

from datetime import UTC, datetime

from chat.access.directory import directory
from chat.models import ClientKey


def write_last_use() -> None:
    """Write down that keys were used. Raises what the database raises."""
    if used := directory.take_used():
        ClientKey.objects.filter(pk__in=used).update(last_used_at=datetime.now(UTC))
