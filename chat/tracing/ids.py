"""Ids of spans, of which one may be known before its span begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.id_generator import IdGenerator

_promised: ContextVar[int | None] = ContextVar("promised", default=None)


def make_ids() -> "IdGenerator":
    """Return what makes random ones, but for a span that was promised another.

    Raises ImportError where the extra is not installed.
    """
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        def generate_span_id(self) -> int:
            return _promised.get() or super().generate_span_id()

    return Ids()


@contextmanager
def kept(promised: int | None) -> Iterator[None]:
    """Have the span that begins inside `with` get the id it was promised, if any."""
    token = _promised.set(promised)
    try:
        yield
    finally:
        _promised.reset(token)
