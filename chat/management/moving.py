"""Moves all that a database has into another, and compares it afterwards."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import DateField, Model, QuerySet

FROM, TO = "default", "moved_to"
ROWS_AT_ONCE = 500
# Of those that write just now: the processes that run will write new ones.
LEASES = "chat_process"


class CannotMove(Exception):
    """In a sentence for people."""


def connect_to(database: dict[str, Any]) -> None:
    """Have Django know the other database, as TO."""
    usual = {**connections.settings[FROM], "OPTIONS": {}, "TIME_ZONE": None}
    connections.settings[TO] = {**usual, **database}


def models() -> list[type[Model]]:
    """Return all that have a table, those that only link two others too."""
    found = apps.get_models(include_auto_created=True)
    return [one for one in found if one._meta.db_table != LEASES]


def check_that_it_is_empty() -> None:
    """Raises CannotMove where others' data is: all of it would be lost."""
    for model in models():
        is_ours = model._meta.app_label in ("chat", "sessions", "admin")
        has_users = model._meta.db_table == "auth_user"
        if (is_ours or has_users) and _rows(model, TO).exists():
            raise CannotMove(
                f"{model._meta.db_table} has rows there: nothing was done."
            )


def move() -> Iterator[tuple[str, int]]:
    """Move all tables in one transaction; yield the name of each, and its rows.

    What the other one's migrations put there is taken out before.
    """
    other = connections[TO]
    with transaction.atomic(using=TO), other.constraint_checks_disabled():
        with other.cursor() as cursor:
            for model in models():
                name = other.ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608 (a name of ours)
        for model in models():
            yield model._meta.db_table, _copy(model)
        with other.cursor() as cursor:
            for line in other.ops.sequence_reset_sql(no_style(), models()):
                cursor.execute(line)


def compare() -> Iterator[str]:
    """Yield the name of each table that is not the same in both, row by row."""
    for model in models():
        columns = [field.attname for field in model._meta.concrete_fields]
        here, there = (
            _rows(model, alias).values_list(*columns).iterator(ROWS_AT_ONCE)
            for alias in (FROM, TO)
        )
        if any(one != other for one, other in zip_longest(here, there)):
            yield model._meta.db_table


def _copy(model: type[Model]) -> int:
    batch: list[Model] = []
    count = 0
    for row in _rows(model, FROM).iterator(ROWS_AT_ONCE):
        batch.append(row)
        count += 1
        if len(batch) == ROWS_AT_ONCE:
            _write(model, batch)
            batch = []
    _write(model, batch)
    return count


def _write(model: type[Model], batch: list[Model]) -> None:
    """As they are: nothing is worked out anew, and no signal is sent."""
    for field in model._meta.concrete_fields:
        if isinstance(field, DateField):
            field.auto_now = field.auto_now_add = False
    model._base_manager.using(TO).bulk_create(batch)


def _rows(model: type[Model], alias: str) -> QuerySet[Model]:
    return model._base_manager.using(alias).order_by("pk")
