"""The middleware of the API: that of the settings, without what steps aside there."""

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.urls import ResolverMatch

from chat.web import routes
from chat.web.aside import leaving_them_out


class ApiChain(BaseHandler):
    """Each that steps aside would cost a request a coroutine or two."""

    def __init__(self) -> None:
        with leaving_them_out():
            self.load_middleware(is_async=True)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        found = routes.find(request.path_info)
        if found is None:
            return super().resolve_request(request)
        request.resolver_match = found
        return found
