"""What the head of a request tells, before its body is read.

Django and Python search some headers in time that grows as their square: 64 KB of
`Cookie` take seconds, and uvicorn takes a head of any length. It may be no longer than
what may be searched on the event loop.
"""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from chat.failures import HeadTooLarge, MethodNotAllowed, NotFound, Refused
from chat.tracebacks import forget_frames
from chat.web import routes
from chat.web.asgi import Scope
from chat.web.middleware import is_api

WITH_A_BODY = ("POST", "PUT", "PATCH")
# As nginx has it: of the path with its query, or of one header; and of all headers.
LONGEST_LINE = 8 * 1024
LONGEST_HEAD = 32 * 1024


def refusal_by_length(scope: Scope) -> Refused | None:
    """Return why the head of `scope` is refused, with what is wrong taken out of it."""
    query: bytes = scope.get("query_string", b"")
    if not query.isascii():
        scope["query_string"] = b""
        return Refused("The query string is not ASCII.")
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    # Of nearly all heads this is all there is to know.
    if size <= LONGEST_LINE and _fits(scope["path"], query):
        return None
    kept = _fitting(headers)
    if len(kept) == len(headers) and _fits(scope["path"], query):
        return None
    scope["headers"] = kept
    scope["path"] = scope["path"][:LONGEST_LINE]
    scope["query_string"] = query[:LONGEST_LINE]
    return HeadTooLarge("The head of the request is too long.")


def _fitting(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept, size = [], 0
    for name, value in headers:
        size += len(name) + len(value)
        if len(value) <= LONGEST_LINE and size <= LONGEST_HEAD:
            kept.append((name, value))
    return kept


def _fits(path: str, query: bytes) -> bool:
    return len(path) + len(query) <= LONGEST_LINE


def refusal_by_head(request: HttpRequest) -> Refused | None:
    """Return why nobody will want the body of `request`; None if somebody may.

    What is answered is up to the view. Of the API those that want a body have a
    `check_head`.
    """
    found = routes.find(request.path_info)
    if found is None:
        return NotFound()
    try:
        if check_head := getattr(found.func, "check_head", None):
            check_head(request)
        elif is_api(request) or request.method not in WITH_A_BODY:
            return MethodNotAllowed()
        else:
            request.get_host()
    except DisallowedHost:
        return Refused()
    except Refused as refusal:
        forget_frames(refusal)  # which lead to who asked, who will hold it
        return refusal
    return None
