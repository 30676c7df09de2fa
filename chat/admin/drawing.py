"""One page is drawn at a time, so that the chat gets its turns.

Python runs one thread at a time. With ten that compute the event loop has to wait for
up to ten turns of 5 ms, each time that it has waited for the network.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest

from chat.web.middleware import AdminOnly

# It is politeness: who has waited for so long goes on.
PATIENCE_SECONDS = 5.0

_turn = threading.Lock()


@contextmanager
def drawing() -> Iterator[None]:
    """Have the turn, or go on without it."""
    has_it = _turn.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if has_it:
            _turn.release()


class DrawingMiddleware(AdminOnly):
    """Draws the templates of the admin."""

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        with drawing():
            response.render()
        return response
