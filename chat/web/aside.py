"""Who steps aside on the paths of the API need not stand in its chain at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import MiddlewareNotUsed

_of_the_api: ContextVar[bool] = ContextVar("of_the_api", default=False)


@contextmanager
def leaving_them_out() -> Iterator[None]:
    """The chain that is made in the block serves API paths alone."""
    token = _of_the_api.set(True)
    try:
        yield
    finally:
        _of_the_api.reset(token)


def check_use() -> None:
    """Raises MiddlewareNotUsed where whoever is made here would always step aside."""
    if _of_the_api.get():
        raise MiddlewareNotUsed
