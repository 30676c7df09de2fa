"""The columns of the log, and what a row has in each as the database takes it."""

from typing import Any, get_args

import msgspec
from django.db import connection

from chat.models import RequestLog
from chat.requestlog.chain import without_nul
from chat.requestlog.record import Row

TABLE = RequestLog._meta.db_table
COLUMNS = Row.__struct_fields__
LENGTHS = {
    field.name: field.max_length
    for field in RequestLog._meta.fields
    if field.name in COLUMNS and field.max_length
}
DOLLARS = ("cost_usd", "charged_usd", "reserved_usd")

# Where they stand: worked out once, for this is done for every row.
_TEXTS = [
    (COLUMNS.index(field.name), LENGTHS.get(field.name))
    for field in msgspec.structs.fields(Row)
    if str in (field.type, *get_args(field.type))
]
_DOLLARS = [COLUMNS.index(name) for name in DOLLARS]
_CREATED_AT = COLUMNS.index("created_at")
_PARAMETERS = COLUMNS.index("parameters")


def values_of(row: Row) -> list[Any]:
    """Return what stands in the columns of `row`, in their order."""
    values = list(msgspec.structs.astuple(row))
    for at, longest in _TEXTS:
        if text := values[at]:
            values[at] = plain(str(text))[:longest]
    operations = connection.ops
    values[_CREATED_AT] = operations.adapt_datetimefield_value(row.created_at)
    for at in _DOLLARS:
        if values[at] is not None:
            values[at] = operations.adapt_decimalfield_value(values[at], 12, 6)
    values[_PARAMETERS] = as_json(row.parameters)
    return values


def column(name: str, text: str) -> str:
    """Return `text` as it fits the column `name`."""
    return plain(text)[: LENGTHS.get(name)]


def plain(text: str) -> str:
    """PostgreSQL stores no NUL."""
    return text.replace("\x00", "\ufffd")


def as_json(value: Any) -> str | None:
    if value is None:
        return None
    return without_nul(msgspec.json.encode(value)).decode()
