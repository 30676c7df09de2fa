"""What a shape that msgspec decodes allows, and the least that is of it."""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Raw, Struct

# The least that a field can be which may not be null.
LEAST = {str: b'""', list: b"[]", dict: b"{}", bool: b"false", int: b"0", float: b"0"}


@cache
def most_of(shape: Any, kind: type) -> int | None:
    """Return how many items a list or an object may have; None for any number."""
    if get_origin(shape) in (Union, UnionType):
        found = (most_of(one, kind) for one in get_args(shape))
        return next((most for most in found if most is not None), None)
    if get_origin(shape) is not Annotated or get_origin(get_args(shape)[0]) is not kind:
        return None
    metas = (meta for meta in get_args(shape)[1:] if isinstance(meta, Meta))
    return next((meta.max_length for meta in metas), None)


@cache
def least_of(shape: Any) -> bytes:
    """Return the shortest JSON that is of `shape`, or null."""
    for kind in () if error_of(b"null", shape) is None else take_apart(shape):
        if isinstance(kind, type) and issubclass(kind, Struct):
            shapes = shapes_of(kind)
            least = {name: Raw(least_of(shapes[name])) for name in required_of(kind)}
            return msgspec.json.encode(least)
        if get_origin(kind) is Literal:
            return msgspec.json.encode(get_args(kind)[0])
        if (found := LEAST.get(get_origin(kind) or kind)) is not None:
            return found
    return b"null"


def error_of(raw: bytes, shape: Any) -> str | None:
    try:
        _decoder(shape).decode(raw)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def read(raw: bytes, shape: Any) -> Any:
    """Return what `raw` is if it is of `shape`, else None."""
    try:
        return _decoder(shape).decode(raw)
    except msgspec.ValidationError:
        return None


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@cache
def shapes_of(kind: type[Struct]) -> dict[str, Any]:
    """Return the shape of each field, by its name in JSON."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


@cache
def required_of(kind: type[Struct]) -> list[str]:
    """Return the names of the fields that have to be there."""
    return [
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if field.default is NODEFAULT and field.default_factory is NODEFAULT
    ]


def take_apart(shape: Any) -> Iterator[Any]:
    """Yield `shape` without what only bounds it, or of a union what is in it."""
    origin = get_origin(shape)
    if origin is Annotated:
        yield from take_apart(get_args(shape)[0])
    elif origin in (Union, UnionType):
        for one in get_args(shape):
            yield from take_apart(one)
    else:
        yield shape
