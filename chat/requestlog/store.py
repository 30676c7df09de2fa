"""Puts records into the tables: rows, messages, texts and sums, in one transaction."""

import logging
from collections.abc import Sequence

from django.db import DatabaseError, connection, transaction

from chat.requestlog import chain, statements, tallies
from chat.requestlog.record import Record, Text

logger = logging.getLogger(__name__)


class Store:
    """For one thread, on that thread's connection."""

    def __init__(self) -> None:
        # Prompts of open requests that are stored already, and need not be again.
        self._prompts: dict[str, str | None] = {}

    def write(self, records: Sequence[Record]) -> None:
        """Store `records`, each once however often it comes.

        One commit, unless a record spoils it for the others: then one each, and that
        record is logged and left out. Raises DatabaseError if the database is at fault.
        """
        try:
            with transaction.atomic():
                self._write(records)
        except (DatabaseError, ValueError):
            self._prompts.clear()
            _check_database()
            self._write_one_by_one(records)

    def _write_one_by_one(self, records: Sequence[Record]) -> None:
        for record in records:
            try:
                with transaction.atomic():
                    self._write([record])
            except (DatabaseError, ValueError):
                _check_database()
                logger.exception("Request %s cannot be stored", record.row.id)

    def _write(self, records: Sequence[Record]) -> None:
        # Of a request that opened and closed in one batch, the close says it all.
        latest = {record.row.id: record for record in records}
        links: dict[str, chain.Link] = {}
        texts = []
        for record in latest.values():
            if record.text:
                texts.append(self._text_row(record, record.text, links))
        rows = [record.row for record in latest.values()]
        ended = {row.id: row for row in rows if row.ending is not None}
        with connection.cursor() as cursor:
            statements.insert_links(cursor, list(links.values()))
            statements.insert_open(cursor, [row for row in rows if row.ending is None])
            closed = statements.close(cursor, list(ended.values()))
            statements.insert_texts(cursor, texts)
            tallies.add(cursor, [ended[key] for key in sorted(closed)])

    def _text_row(
        self, record: Record, text: Text, links: dict[str, chain.Link]
    ) -> tuple[object, ...]:
        key = record.row.id
        prompt = self._prompts.pop(key, None)
        if prompt is None:
            prompt = _add(chain.links(text.messages), links)
        if not record.is_closed:
            self._prompts[key] = prompt
        answer = [text.answer] if text.answer else []
        answered = _add(chain.links(answer, after=prompt), links)
        at = record.row.created_at
        return key, at, prompt, answered, text.reasoning, text.extra


def _add(found: list[chain.Link], links: dict[str, chain.Link]) -> str | None:
    links.update({link.id: link for link in found})
    return found[-1].id if found else None


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
