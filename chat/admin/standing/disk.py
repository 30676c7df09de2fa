"""What the log takes on the disk, and how fast that grows."""

from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.models import Sum

from chat.models import EndingTally, Span

LATELY = timedelta(days=7)


def size_of_database() -> int:
    """Bytes: of our tables with their indexes; of SQLite the files, whatever is in
    them."""
    if connection.vendor == "postgresql":
        tables = [
            model._meta.db_table for model in apps.get_app_config("chat").get_models()
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT SUM(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relname = ANY(%s) AND relkind = 'r'",
                [tables],
            )
            return int(cursor.fetchone()[0] or 0)
    path = Path(str(connection.settings_dict["NAME"]))
    files = [path, path.with_name(f"{path.name}-wal")]
    return sum(file.stat().st_size for file in files if file.exists())


def growth_a_day(size: int, rows: int, now: datetime) -> int | None:
    """Bytes a day, by the requests of the last week and what one takes now; None where
    there are too few to tell."""
    if rows < 100:
        return None
    tallies = EndingTally.objects.filter(span=Span.HOUR, at__gte=now - LATELY)
    asked = tallies.aggregate(sum=Sum("requests"))["sum"] or 0
    first = tallies.order_by("at").values_list("at", flat=True).first()
    days = max((now - first) / timedelta(days=1), 1.0) if first else 1.0
    return round(size / rows * asked / days)
