"""How many requests were turned away, by client and reason: they have no rows."""

import threading
from collections import Counter
from datetime import UTC, date, datetime

from django.db import connection, transaction

# Of clients and reasons there are few; it is bounded all the same.
MOST_KINDS = 10_000


class Refusals:
    """Counted on the event loop, written down by the watch."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[date, int, str]] = Counter()
        self._lock = threading.Lock()

    def count(self, client_id: int | None, reason: str) -> None:
        key = (datetime.now(UTC).date(), client_id or 0, reason)
        with self._lock:
            if key in self._counts or len(self._counts) < MOST_KINDS:
                self._counts[key] += 1

    def write(self) -> None:
        """Add them to the table. Raises what the database raises, and keeps them."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            _add(counts)
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise


def _add(counts: Counter[tuple[date, int, str]]) -> None:
    now = connection.ops.adapt_datetimefield_value(datetime.now(UTC))
    with transaction.atomic(), connection.cursor() as cursor:
        for (day, client_id, reason), count in sorted(counts.items()):
            cursor.execute(
                "INSERT INTO chat_refusaltally"
                " (day, client_id, reason, requests, last_at)"
                " VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (day, client_id, reason) DO UPDATE SET"
                " requests = chat_refusaltally.requests + excluded.requests,"
                " last_at = excluded.last_at",
                [
                    connection.ops.adapt_datefield_value(day),
                    *(client_id, reason, count, now),
                ],
            )


refusals = Refusals()
