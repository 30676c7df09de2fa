"""What thousands of tests would each do anew, done once or in a cheaper way."""

import functools
import ssl
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase


def save() -> None:
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]
    ssl.create_default_context = _with_known_authorities(ssl.create_default_context)


def _empty_tables(_: TransactionTestCase) -> None:
    """Instead of `flush`, which makes all permissions again (25 ms), and on PostgreSQL
    truncates what is empty anyway (0.2 s)."""
    statements = [f"DELETE FROM {name}" for name in _tables()]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statements = ["; ".join(statements)]
        for statement in statements:
            cursor.execute(statement)


@functools.cache
def _tables() -> list[str]:
    """Those that tests fill; migrations have filled the others for good."""
    filled = {model._meta.db_table for model in (ContentType, Permission)}
    found = connection.introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return [connection.ops.quote_name(name) for name in {*found} - filled]


def _with_known_authorities(make: Callable[..., ssl.SSLContext]) -> Any:
    """Each client of HTTP, of tests and of the service, would read the certificates of
    all authorities anew (30 ms)."""

    @functools.cache
    def make_of_file(cafile: str) -> ssl.SSLContext:
        return make(cafile=cafile)

    @functools.wraps(make)
    def make_or_reuse(*given: Any, **named: Any) -> ssl.SSLContext:
        if not given and named.keys() == {"cafile"} and named["cafile"]:
            return make_of_file(named["cafile"])
        return make(*given, **named)

    return make_or_reuse
