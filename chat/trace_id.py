"""The trace of the request being served, as W3C's Trace Context writes it."""

from contextvars import ContextVar
from typing import NamedTuple


class TraceId(NamedTuple):
    """Both in hexadecimal digits."""

    trace: str
    span: str


current: ContextVar[TraceId | None] = ContextVar("trace_id", default=None)
