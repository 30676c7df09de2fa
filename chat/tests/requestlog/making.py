"""Records for tests, and a store and a journal without a service around them."""

import itertools
from datetime import UTC, datetime
from typing import Any

from chat.requestlog.item import Item
from chat.requestlog.journal import Journal
from chat.requestlog.record import Record, Row, Text
from chat.requestlog.spool import Spool
from chat.requestlog.store import Store

_numbers = itertools.count(1)
HELLO = [{"role": "user", "content": "Hello"}]


def record(**fields: Any) -> Record:
    """An open request without text."""
    number = next(_numbers)
    return Record(
        Row(
            **{
                "id": f"req_made{number:08}",
                "created_at": datetime.now(UTC),
                "dialect": "native",
                "path": "/api/chat",
                "process": "a-process",
                **fields,
            }
        )
    )


def said(
    messages: list[Any], answer: str | None = None, reasoning: str = "", **fields: Any
) -> Record:
    """A request with text; closed if it has an ending."""
    made = record(**fields)
    told = {"role": "assistant", "content": answer} if answer else None
    made.text = Text(messages=messages, answer=told, reasoning=reasoning)
    return made


def closing(opened: Record, **fields: Any) -> Record:
    """The same request, completed."""
    columns = {name: getattr(opened.row, name) for name in Row.__struct_fields__}
    row = Row(**{**columns, "ending": "completed", "status": 200, **fields})
    return Record(row, opened.text)


class Asides(list[bytes]):
    """What a store set aside."""

    def __call__(self, lines: Any, why: str) -> None:
        self.extend(lines)


def append(spool: Spool, *records: Record) -> list[Item]:
    """Write `records` down; each as an item that waits to be stored."""
    items = [Item(one) for one in records]
    for item in items:
        spool.append(item)
    return items


def leave(spool: Spool, *records: Record) -> None:
    """Write `records` down for whoever reads the files back."""
    spool.keep(append(spool, *records))


def put(journal: Journal, *records: Record) -> None:
    """Have `records` written down and stored, as the journal does."""
    for item in append(journal.spool, *records):
        journal.writer.put(item)


def store() -> Store:
    return Store(Asides())
