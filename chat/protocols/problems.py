"""A body that does not fit, looked at once more: field by field, as far as it has any.

Languages without whole numbers of their own write 2048.0 for 2048: that is mended here,
and all that stays wrong is named.
"""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

MOST = 10  # problems that are named
WHERE = " - at `"
# How msgspec begins the one sentence in which it quotes what it found.
QUOTING = "Invalid enum value"
# What whole numbers that are written as others consist of; more is none.
LONGEST_NUMBER = 30


class Problem(NamedTuple):
    """`what` is wrong at `path`, in msgspec's words; an empty path is the body."""

    path: str
    what: str


def examine(raw: bytes, shape: Any) -> tuple[bytes, list[Problem]]:
    """Return `raw` with its whole numbers mended, and what is wrong with it still.

    `raw` is JSON that msgspec does not take for `shape`.
    """
    problems: list[Problem] = []
    return _look(raw, shape, "", problems), problems


def _look(raw: bytes, shape: Any, path: str, problems: list[Problem]) -> bytes:
    if len(problems) >= MOST or (error := _error_of(raw, shape)) is None:
        return raw
    before = len(problems)
    raw = _look_inside(raw, shape, path, problems)
    if len(problems) == before and (error := _error_of(raw, shape)):
        problems.append(_describe(error, path))
    return raw


def _describe(error: str, path: str) -> Problem:
    if error.startswith(QUOTING):
        return Problem(path, QUOTING)  # it is at the end of the path
    what, found, where = error.rpartition(WHERE)
    if not found:
        return Problem(path, error)
    where = where.rstrip("`").removeprefix("key in ").removeprefix("$")
    return Problem((path + where).removeprefix("."), what)


def _look_inside(raw: bytes, shape: Any, path: str, problems: list[Problem]) -> bytes:
    for kind in _take_apart(shape):
        if kind is int:
            return _as_whole_number(raw)
        if isinstance(kind, type) and issubclass(kind, Struct):
            fields = _read(raw, dict[str, Raw])
            return raw if fields is None else _at_fields(fields, kind, path, problems)
        if get_origin(kind) is list and (items := _read(raw, list[Raw])) is not None:
            return _at_items(items, get_args(kind)[0], path, problems)
    return raw


def _at_fields(
    fields: dict[str, Raw], kind: type[Struct], path: str, problems: list[Problem]
) -> bytes:
    shapes = _shapes_of(kind)
    for name, value in fields.items():
        if name in shapes:
            place = f"{path}.{name}" if path else name
            fields[name] = Raw(_look(bytes(value), shapes[name], place, problems))
    return msgspec.json.encode(fields)


def _at_items(
    items: list[Raw], shape: Any, path: str, problems: list[Problem]
) -> bytes:
    return msgspec.json.encode(
        [
            Raw(_look(bytes(item), shape, f"{path}[{index}]", problems))
            for index, item in enumerate(items)
        ]
    )


def _as_whole_number(raw: bytes) -> bytes:
    """What is written as one is as it was meant: too large, it stays so."""
    if not any(sign in raw for sign in b".eE"):
        return raw
    number = _read(raw, float) if len(raw) <= LONGEST_NUMBER else None
    if number is None or not number.is_integer():
        return raw
    return b"%d" % int(number)


def _error_of(raw: bytes, shape: Any) -> str | None:
    try:
        _decoder(shape).decode(raw)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _read(raw: bytes, shape: Any) -> Any:
    """Return what `raw` is if it is of `shape`, else None."""
    try:
        return _decoder(shape).decode(raw)
    except msgspec.ValidationError:
        return None


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@cache
def _shapes_of(kind: type[Struct]) -> dict[str, Any]:
    """Return the shape of each field, by its name in JSON."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _take_apart(shape: Any) -> Iterator[Any]:
    """Yield `shape` without what only bounds it, or of a union what is in it."""
    origin = get_origin(shape)
    if origin is Annotated:
        yield from _take_apart(get_args(shape)[0])
    elif origin in (Union, UnionType):
        for one in get_args(shape):
            yield from _take_apart(one)
    else:
        yield shape
