"""The network that cuts, as it ends."""

import gc
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

from chat.tests.cutting import cutting

TIMES = 30


def test_nothing_of_it_is_left_open() -> None:
    """Not even a connection that came as it ended: another test would hear of it."""
    with ExitStack() as callers, socket.create_server(("127.0.0.1", 0)) as upstream:
        url = f"http://127.0.0.1:{upstream.getsockname()[1]}"
        for _ in range(TIMES):
            with cutting(url, most=1) as (address, _):
                where = urlsplit(address)
                asked = (str(where.hostname), int(where.port or 0))
                callers.enter_context(socket.create_connection(asked))
        gc.collect()
