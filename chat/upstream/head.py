"""What goes to Z.AI around every body, as the SDK builds it and aiohttp takes it."""

import httpx
from multidict import CIMultiDict
from yarl import URL

# What belongs to the body, or to the connection.
OWN = frozenset({"host", "connection", "content-length", "accept-encoding"})


class Head:
    """`request` is the SDK's own, for its errors."""

    __slots__ = ("headers", "method", "request", "url")

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.method = request.method
        self.url = URL(str(request.url), encoded=True)
        self.headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name not in OWN
        )
