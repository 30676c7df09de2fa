"""What the head of a request tells, before its body is read."""

from functools import lru_cache
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from chat.failures import MethodNotAllowed, NotFound, Refused

LONGEST_PATH = 200
WITH_A_BODY = ("POST", "PUT", "PATCH")


def refusal_by_head(request: HttpRequest) -> Refused | None:
    """Return why nobody will want the body of `request`; None if somebody may.

    What is answered is up to the view: those of the API have a `check_head`.
    """
    view = _view(request.path_info)
    if view is None:
        return NotFound()
    try:
        if check_head := getattr(view, "check_head", None):
            check_head(request)
        elif request.method not in WITH_A_BODY:
            return MethodNotAllowed()
        else:
            request.get_host()
    except DisallowedHost:
        return Refused()
    except Refused as refusal:
        return refusal
    return None


def _view(path: str) -> Any:
    return _found(path) if len(path) <= LONGEST_PATH else _sought(path)


def _sought(path: str) -> Any:
    try:
        return resolve(path).func
    except Resolver404:
        return None


_found = lru_cache(maxsize=256)(_sought)
