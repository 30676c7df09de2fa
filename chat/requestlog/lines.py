"""Records as lines of a file, and back."""

import logging
from collections.abc import Iterable

import msgspec

from chat.requestlog.keeping import MOST_BYTES_AT_ONCE, bounded
from chat.requestlog.record import (
    Record,
    bare,
    decode_record,
    encode_record,
    without_text,
)

logger = logging.getLogger(__name__)


def line_of(record: Record) -> bytes:
    return encode_record(record) + b"\n"


def written(record: Record) -> tuple[Record, bytes]:
    """Return as much of `record` as can be written down, and the line for it."""
    for version in (record, without_text(record)):
        try:
            return version, line_of(version)
        except Exception as error:  # one record must not spoil it for the others
            key = record.row.id
            logger.error("Request %s cannot be written down as it is: %s", key, error)
    return bare(record), line_of(bare(record))


def read_some(lines: Iterable[bytes]) -> tuple[list[Record], list[bytes]]:
    """Return the records of as many of `lines` as go into one transaction, and those
    lines among them that cannot be read."""
    records: list[Record] = []
    unreadable: list[bytes] = []
    size = 0
    for line in lines:
        try:
            record, more = bounded(decode_record(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            unreadable.append(line)
            continue
        records.append(record)
        size += more
        if size > MOST_BYTES_AT_ONCE:
            break
    return records, unreadable
