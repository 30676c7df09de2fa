"""The trace of the request being served, as W3C's Trace Context writes it."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import NamedTuple


class TraceId(NamedTuple):
    """Both in hexadecimal digits."""

    trace: str
    span: str


current: ContextVar[TraceId | None] = ContextVar("trace_id", default=None)
# Headers by which Z.AI is told of it; none unless that is wished.
handed_on: ContextVar[Mapping[str, str]] = ContextVar(
    "handed_on", default=MappingProxyType({})
)
