"""The headers of requests and answers."""

import secrets

from .line import Message

JSON = b"application/json; charset=UTF-8"
SERVER_SENT_EVENTS = b"text/event-stream;charset=UTF-8"

_ALWAYS = (
    (b"server", b"ZenZGA/2.4"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"vary", b"Accept-Encoding, Origin, Access-Control-Request-Method"),
)


def header(scope: Message, name: bytes) -> str | None:
    """The value of a request header; `name` is in lower case."""
    for given, value in scope["headers"]:
        if given == name:
            return str(value.decode("latin-1"))
    return None


def answer_headers(log_id: str) -> list[tuple[bytes, bytes]]:
    """What Z.AI puts on every answer of its API, as recorded."""
    cookie = f"acw_tc={secrets.token_hex(16)};path=/;HttpOnly;Max-Age=1800"
    # A request id of the caller's may have any characters; a header may not.
    printable = log_id.encode("ascii", "replace") if log_id.isprintable() else b""
    return [*_ALWAYS, (b"set-cookie", cookie.encode()), (b"x-log-id", printable)]
