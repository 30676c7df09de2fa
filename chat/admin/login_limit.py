"""A limit to failed logins, counted by the name that was given and by address."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.middleware import AxesMiddleware
from django.http import HttpRequest

from chat.address import UNKNOWN, group_of
from chat.web.aside import check_use
from chat.web.middleware import GetResponse, is_api


class LoginLimitMiddleware(AxesMiddleware):
    """Answers callers who are locked out. Does nothing on API paths: nobody logs in."""

    def __init__(self, get_response: GetResponse) -> None:
        check_use()
        super().__init__(get_response)

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)


class LoginLimitBackend(AxesStandaloneBackend):
    """Refuses an address, or an account, after AXES_FAILURE_LIMIT wrong passwords."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> None:
        """Without a request, as in a shell, there is no address to limit."""
        if request is not None:
            super().authenticate(request, username, password, **more)


def caller_network(request: HttpRequest) -> str | None:
    """Whom the limit counts: an IPv4 address, the beginning of a /64 of IPv6, or None
    for whoever has no address that can be read."""
    group = group_of(request.META.get("REMOTE_ADDR")).partition("/")[0]
    return None if group == UNKNOWN else group
