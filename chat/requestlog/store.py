"""Puts records into the tables: rows, messages, texts and sums, in one transaction."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import (
    DataError,
    Error,
    IntegrityError,
    ProgrammingError,
    connection,
    transaction,
)
from msgspec.structs import replace

from chat.requestlog import (
    answer_words,
    chain,
    commits,
    database,
    settled,
    spending,
    statements,
    tallies,
)
from chat.requestlog.cursor import Cursor, plain_cursor
from chat.requestlog.database import Watchdog
from chat.requestlog.record import (
    Record,
    Row,
    Text,
    bare,
    encode_record,
    without_text,
)
from chat.requestlog.slow import TooSlow, is_of_time, probe
from chat.requestlog.sums import Totals

logger = logging.getLogger(__name__)

SetAside = Callable[[Sequence[bytes], str], None]


class Store:
    """For one thread, on that thread's connection.

    `set_aside` takes records that the database does not, as lines. `watchdog` cuts the
    connection when the server keeps silent.
    """

    def __init__(self, set_aside: SetAside) -> None:
        self._set_aside = set_aside
        self.watchdog: Watchdog | None = None
        # Prompts of open requests that are stored already, and need not be again.
        self._prompts: dict[str, str | None] = {}
        self.commits = 0

    def write(self, records: Sequence[Record]) -> None:
        """Store `records`, each once however often it comes.

        One commit, unless a record spoils it for the others: then one each. Of a record
        that cannot be stored as much is as can. Raises TooSlow if it takes too long
        and others would not, and what the database raises if the database is at fault.
        """
        try:
            self._commit(records)
        except Exception as error:
            self.tell_apart(error, records[0])
            if _is_the_databases_fault(error):
                raise
            for record in records:
                self._write_alone(record)

    def give_up(self, record: Record) -> None:
        """Store of `record`, for which there was never time, what there is time for.

        Raises what the database raises if the database is at fault.
        """
        for version in (without_text(record), bare(record)):
            try:
                self._commit([version])
                break
            except Exception as error:
                with suppress(TooSlow):
                    self.tell_apart(error, record)
                    if _is_the_databases_fault(error):
                        raise
        self._set_aside([encode_record(record) + b"\n"], "took the database too long")

    def tell_apart(self, error: Exception, record: Record | None = None) -> None:
        """Raise TooSlow if `error` is one of time and the database takes a small record
        like `record` all the same."""
        if is_of_time(error, self.watchdog) and self._takes_another(record):
            raise TooSlow(str(error).partition("\n")[0]) from error

    def _takes_another(self, record: Record | None) -> bool:
        try:
            if self.watchdog and self.watchdog.has_cut:
                connection.close()
            self._start_clock()
            with transaction.atomic():
                self._write([probe(record)])
                transaction.set_rollback(True)
        except Exception:
            return False
        finally:
            self._prompts.clear()
        return True

    def _start_clock(self) -> None:
        if self.watchdog:
            self.watchdog.restart()

    def _write_alone(self, record: Record) -> None:
        for version in (record, without_text(record), bare(record)):
            try:
                self._commit([version])
                return
            except Exception as error:
                self.tell_apart(error, record)
                if _is_the_databases_fault(error):
                    raise
                # Further lines of PostgreSQL's show the row, with what was said.
                reason = str(error).partition("\n")[0]
                key = record.row.id
                logger.error("Request %s cannot be stored as it is: %s", key, reason)
        self._set_aside([encode_record(record) + b"\n"], "cannot be stored")

    def _commit(self, records: Sequence[Record]) -> None:
        self._start_clock()
        began = time.monotonic()
        try:
            with transaction.atomic():
                totals = self._write(records)
        except BaseException:
            self._prompts.clear()  # they may not be stored after all
            raise
        self.commits += 1
        commits.tell(time.monotonic() - began)
        settled.tell(totals, [one.row.id for one in records if one.is_closed])

    def _write(self, records: Sequence[Record]) -> Totals:
        """Return what the budgets' sums come to with `records`."""
        latest = _latest(records)
        rows = {record.row.id: record.row for record in latest}
        still_open = [record.row for record in latest if not record.is_closed]
        ended = [record for record in latest if record.is_closed]
        with plain_cursor() as cursor:
            texts = self._texts(cursor, [one for one in latest if one.text])
            statements.insert_open(cursor, still_open)
            closed, taken_back = _close(cursor, ended)
            asked = [row.id for row in still_open]
            statements.insert_prompts(cursor, [texts[k] for k in asked if k in texts])
            statements.insert_texts(cursor, [texts[k] for k in closed if k in texts])
            answer_words.add(cursor, [one for one in ended if one.row.id in closed])
            newly = [rows[key] for key in closed]
            tallies.add(cursor, newly, taken_back)
            return spending.add(cursor, newly, taken_back)

    def _texts(
        self, cursor: Cursor, records: Sequence[Record]
    ) -> dict[str, tuple[object, ...]]:
        """Store the messages of `records`; return the rest of their texts, as rows."""
        if not records:
            return {}
        database.share_messages(cursor)
        self._find_prompts(records)
        links: dict[str, chain.Link] = {}
        texts = {
            record.row.id: self._text_row(record, record.text, links)
            for record in records
            if record.text
        }
        statements.insert_links(cursor, list(links.values()))
        return texts

    def _find_prompts(self, records: Sequence[Record]) -> None:
        """Look for the conversations that the openings of `records` had, if those were
        not stored just now."""
        unknown = [
            record.row.id
            for record in records
            if record.text
            and record.text.messages is None
            and record.row.id not in self._prompts
        ]
        if unknown:
            self._prompts |= statements.prompts_of(unknown)

    def _text_row(
        self, record: Record, text: Text, links: dict[str, chain.Link]
    ) -> tuple[object, ...]:
        key = record.row.id
        prompt = self._prompts.pop(key, None)
        if prompt is None and text.messages:
            prompt = _add(chain.links(text.messages), links)
        if not record.is_closed:
            self._prompts[key] = prompt
        answer = [text.answer] if text.answer else []
        answered = _add(chain.links(answer, after=prompt), links)
        at = record.row.created_at
        return key, at, prompt, answered, text.reasoning, text.extra


def _close(cursor: Cursor, ended: Sequence[Record]) -> tuple[list[str], list[Row]]:
    """Return the ids of what was closed now, and what had been closed otherwise.

    Whoever took a process for dead, that was only frozen or cut off, knew less; and so
    did who wrote an ending down before it came.
    """
    closed = statements.close(cursor, [record.row for record in ended])
    left = [record for record in ended if record.row.id not in closed]
    if left and (taken_back := statements.reopen(cursor, left)):
        again = {row.id for row in taken_back}
        rows = [record.row for record in left if record.row.id in again]
        return sorted(closed | statements.close(cursor, rows)), taken_back
    return sorted(closed), []


def _latest(records: Sequence[Record]) -> list[Record]:
    """Return one record of each request, which says all that several do."""
    latest: dict[str, Record] = {}
    for record in records:
        known = latest.get(record.row.id)
        latest[record.row.id] = _both(known, record) if known else record
    return list(latest.values())


def _both(earlier: Record, later: Record) -> Record:
    """A closing says it all, whichever is last, but for the conversation; a correction
    says it better."""
    if earlier.is_closed and not later.corrects:
        earlier, later = later, earlier
    text = later.text
    if text and text.messages is None and earlier.text:
        text = replace(text, messages=earlier.text.messages)
    return replace(later, text=text)


def _add(found: list[chain.Link], links: dict[str, chain.Link]) -> str | None:
    links.update({link.id: link for link in found})
    return found[-1].id if found else None


def _is_the_databases_fault(error: Exception) -> bool:
    """Whether other records would have fared no better."""
    if isinstance(error, ProgrammingError):
        # With a code of the server's a table is missing. Without, the driver cannot
        # pass a value on.
        return getattr(error.__cause__, "sqlstate", None) is not None
    of_the_record = isinstance(error, DataError | IntegrityError)
    return isinstance(error, Error) and not of_the_record
