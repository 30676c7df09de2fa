"""Records for tests, and a store and a journal without a service around them."""

import itertools
from datetime import UTC, datetime
from typing import Any

from chat.requestlog.record import Record, Row, Text
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


def store() -> Store:
    return Store(Asides())
