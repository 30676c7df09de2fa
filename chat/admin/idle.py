"""Ends sessions of staff who went away."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from chat.web.middleware import AdminOnly

USED = "used_at"  # seconds since 1970
# How much of the limit may pass until it is written again that the session is used.
FRACTION = 10
# What a page asks for by itself, while nobody need be there.
UNATTENDED = ("/admin/now/rows/", "/admin/chat/requestlog/fresh/")


class IdleLimitMiddleware(AdminOnly):
    """Logs out members of staff who did not use the admin for ADMIN_IDLE_MINUTES."""

    def process_request(self, request: HttpRequest) -> None:
        limit = settings.ADMIN_IDLE_MINUTES * 60
        if not limit or not request.session.get("_auth_user_id"):
            return
        now = time.time()
        used = request.session.get(USED)
        if used is not None and now - used > limit:
            logout(request)
        elif used is None or (
            now - used > limit / FRACTION and request.path_info not in UNATTENDED
        ):
            request.session[USED] = now
