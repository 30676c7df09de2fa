"""How much a body holds, found before anything is made of it."""

import asyncio
import codecs
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import msgspec
from msgspec import Raw

from chat import surrogates
from chat.conversation import Parameters
from chat.failures import Refused

T = TypeVar("T")

MOST_VALUES = 50_000
# More than this is worked on beside the event loop, not on it.
LARGE_VALUES = 5_000
LARGE_BYTES = 256 * 1024
# What is looked at in one turn of the event loop: less than a millisecond or two.
SLICE = 256 * 1024
SLICE_SEARCHED = 64 * 1024
# In a longer body it takes too long to find the field that has too many.
LONGEST_NAMED = 1024 * 1024
STRUCTURE = (b",", b"[", b"{")
# What a number consists of. One of megabytes takes msgspec longer than all the rest.
NUMBER = b"0123456789+-.eE"
LONGEST_NUMBER = SLICE
FIELDS = ("messages", *Parameters.__struct_fields__)
SHAPE = msgspec.json.Decoder(
    msgspec.defstruct("Shape", [(name, Raw, Raw()) for name in FIELDS])
)

_thread = ThreadPoolExecutor(1, "bulk")


async def replace_halves(raw: bytes) -> bytes:
    """Return `raw` with U+FFFD for each half of a letter that is written as a pair."""
    if len(raw) <= SLICE_SEARCHED:
        return surrogates.replace_halves(raw)
    return await beside(surrogates.replace_halves, raw)


async def beside(work: Callable[[bytes], T], raw: bytes) -> T:
    """Return what `work` makes of `raw`, which is large, in a thread.

    There is one: on the event loop, bodies that came together would be read in one
    turn of it, and several threads would only take turns with it.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(_thread, context.run, work, raw)


async def check_size(raw: bytes) -> bool:
    """Whether `raw` is large. Raises Refused if it is too large, or is not UTF-8.

    Counts values by what stands before each. Text has such bytes too: only where there
    are too many is the text left out.
    """
    if len(raw) <= SLICE:
        _decode(raw)
        count = _count_structure(raw)
    else:
        count = await _look_through(raw)
    if count > MOST_VALUES and await _has_too_many(raw):
        raise _refuse_too_many(raw)
    return count > LARGE_VALUES or len(raw) > LARGE_BYTES


def _decode(raw: bytes) -> None:
    """Raises Refused if `raw` is not UTF-8: msgspec skips fields without a look."""
    try:
        raw.isascii() or raw.decode()
    except UnicodeDecodeError as error:
        raise _refuse_encoding() from error


async def _look_through(raw: bytes) -> int:
    """Return how many values `raw` may have, and let others take their turn.

    Raises Refused if it is not UTF-8.
    """
    decode, count = codecs.getincrementaldecoder("utf-8")().decode, 0
    try:
        for at in range(0, len(raw), SLICE):
            piece = raw[at : at + SLICE]
            decode(piece)
            count += _count_structure(piece)
            if not piece.strip(NUMBER):
                count += MOST_VALUES  # it is worth a closer look
            await asyncio.sleep(0)
        decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _refuse_encoding() from error
    return count


async def _has_too_many(raw: bytes) -> bool:
    """Whether there are too many values, not counting bytes within strings."""
    count, within, start = 0, 0, 0
    while start < len(raw) and count <= MOST_VALUES:
        end = _find_end_of_slice(raw, start + SLICE)
        # Without what is escaped every quote begins a string or ends it.
        piece = raw[start:end].replace(rb"\\", b"").replace(rb"\"", b"")
        parts = piece.split(b'"')
        count += _count_structure(b"".join(parts[within::2]))
        if not within and len(piece) >= LONGEST_NUMBER and not piece.strip(NUMBER):
            raise Refused("The body has a number that is too long.")
        within ^= (len(parts) - 1) % 2
        start = end
        await asyncio.sleep(0)
    return count > MOST_VALUES


def _find_end_of_slice(raw: bytes, end: int) -> int:
    """Return `end`, or the next place that does not part a backslash from its byte."""
    before = raw[max(0, end - SLICE) : end]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    return end + backslashes % 2


def _count_structure(piece: bytes) -> int:
    return sum(map(piece.count, STRUCTURE))


def _refuse_encoding() -> Refused:
    return Refused("The body is not UTF-8.")


def _refuse_too_many(raw: bytes) -> Refused:
    field = _find_fullest_field(raw) if len(raw) <= LONGEST_NAMED else None
    allowed = f"at most {MOST_VALUES} JSON values are allowed in a body"
    return Refused(f"{field or 'The body'}: {allowed}.", param=field)


def _find_fullest_field(raw: bytes) -> str | None:
    """Return the field that has most of the values; None if there is no such field."""
    try:
        shape = SHAPE.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    counts = {name: _count_structure(bytes(getattr(shape, name))) for name in FIELDS}
    fullest = max(FIELDS, key=counts.__getitem__)
    return fullest if counts[fullest] > MOST_VALUES // 2 else None
