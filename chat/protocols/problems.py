"""A body that does not fit, looked at once more: field by field, as far as it has any.

Languages without whole numbers of their own write 2048.0 for 2048: that is mended here,
and all that stays wrong is named.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

from chat.protocols.refusal import Problem
from chat.protocols.shapes import (
    error_of,
    least_of,
    most_of,
    read,
    required_of,
    shapes_of,
    take_apart,
)

T = TypeVar("T")

MOST = 100  # problems that are counted: a body may be nothing else
WHERE = " - at `"
# How msgspec begins the one sentence in which it quotes what it found.
QUOTING = "Invalid enum value"
MISSING = "the field is required"
# What whole numbers that are written as others consist of; more is none.
LONGEST_NUMBER = 30


class Look(NamedTuple):
    """What was found: `raw` fits, with the least in the place of what is wrong.

    Where there are `MOST` problems, it has nothing of what comes after them.
    """

    raw: bytes
    problems: list[Problem]


def examine(raw: bytes, shape: Any) -> Look:
    """Return `raw` with its whole numbers mended, and what is wrong with it still.

    `raw` is JSON that msgspec does not take for `shape`.
    """
    problems: list[Problem] = []
    return Look(_look(raw, shape, "", problems), problems)


def _look(raw: bytes, shape: Any, path: str, problems: list[Problem]) -> bytes:
    if error_of(raw, shape) is None:
        return raw
    raw = _look_inside(raw, shape, path, problems)
    if (error := error_of(raw, shape)) is None:
        return raw
    problems.append(_describe(error, path))
    return least_of(shape)


def _describe(error: str, path: str) -> Problem:
    if error.startswith(QUOTING):
        return Problem(path, QUOTING)  # it is at the end of the path
    what, found, where = error.rpartition(WHERE)
    if not found:
        return Problem(path, error)
    where = where.rstrip("`").removeprefix("key in ").removeprefix("$")
    return Problem((path + where).removeprefix("."), what)


def _look_inside(raw: bytes, shape: Any, path: str, problems: list[Problem]) -> bytes:
    for kind in take_apart(shape):
        if kind is int:
            return _as_whole_number(raw)
        if isinstance(kind, type) and issubclass(kind, Struct):
            fields = read(raw, dict[str, Raw])
            return raw if fields is None else _at_fields(fields, kind, path, problems)
        if get_origin(kind) is list and (items := read(raw, list[Raw])) is not None:
            few = _take_few(items, most_of(shape, list), path, "array", problems)
            return _at_items(few, get_args(kind)[0], path, problems)
        if get_origin(kind) is dict and (keys := read(raw, dict[str, Raw])) is not None:
            few = _take_few(keys, most_of(shape, dict), path, "object", problems)
            few_keys = {key: keys[key] for key in few}
            return _at_keys(few_keys, get_args(kind)[1], path, problems)
    return raw


def _at_fields(
    fields: dict[str, Raw], kind: type[Struct], path: str, problems: list[Problem]
) -> bytes:
    shapes, seen = shapes_of(kind), {}
    for name, value in _while_counting(fields.items(), problems):
        if name in shapes:
            place = f"{path}.{name}" if path else name
            seen[name] = Raw(_look(bytes(value), shapes[name], place, problems))
    for name in required_of(kind):
        if name not in fields:
            problems.append(Problem(f"{path}.{name}", MISSING))
        if name not in seen:
            seen[name] = Raw(least_of(shapes[name]))
    return msgspec.json.encode(seen)


def _at_items(
    items: list[Raw], shape: Any, path: str, problems: list[Problem]
) -> bytes:
    return msgspec.json.encode(
        [
            Raw(_look(bytes(item), shape, f"{path}[{index}]", problems))
            for index, item in _while_counting(enumerate(items), problems)
        ]
    )


def _at_keys(
    keys: dict[str, Raw], shape: Any, path: str, problems: list[Problem]
) -> bytes:
    """Keys are the caller's: no sentence quotes them."""
    return msgspec.json.encode(
        {
            key: Raw(_look(bytes(value), shape, f"{path}[...]", problems))
            for key, value in _while_counting(keys.items(), problems)
        }
    )


def _take_few(
    parts: Collection[T],
    most: int | None,
    path: str,
    kind: str,
    problems: list[Problem],
) -> list[T]:
    """Return as many of `parts` as there may be."""
    if most is not None and len(parts) > most:
        problems.append(Problem(path, f"Expected `{kind}` of length <= {most}"))
    return list(islice(parts, most))


def _while_counting(parts: Iterable[T], problems: list[Problem]) -> Iterator[T]:
    """Yield `parts`; where too much is wrong nobody looks at the rest."""
    return takewhile(lambda _: len(problems) < MOST, parts)


def _as_whole_number(raw: bytes) -> bytes:
    """What is written as one is as it was meant: too large, it stays so."""
    if not any(sign in raw for sign in b".eE"):
        return raw
    number = read(raw, float) if len(raw) <= LONGEST_NUMBER else None
    if number is None or not number.is_integer():
        return raw
    return b"%d" % int(number)
