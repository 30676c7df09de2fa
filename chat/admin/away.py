"""What the admin says while the database is away: in its own look, and without it."""

import sys
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.defaults import server_error

from chat.web.content_security import POLICIES
from chat.web.insider import is_local
from config.unusable import explain

TEMPLATE = "admin/away.html"
RETRY_SECONDS = 10


def error_page(request: HttpRequest) -> HttpResponse:
    """Django's plain page, unless it is the admin's that has no database."""
    error = sys.exc_info()[1]
    is_admin = request.path.startswith(reverse("admin:index"))
    if is_admin and isinstance(error, Error) and (why := explain(error)):
        return away(request, why)
    return server_error(request)


def away(request: HttpRequest, why: str) -> HttpResponse:
    """Why, to who asks on the machine itself: to others it would be news of where to
    press, and who is of the staff is not known without a database."""
    context = {"title": "The database is away", **_insight(request, why)}
    page = render_to_string(TEMPLATE, context)  # without its request: that has no user
    headers = {
        "Retry-After": str(RETRY_SECONDS),
        # Of the middleware that would set it some has failed.
        "Content-Security-Policy": POLICIES["admin"],
    }
    return HttpResponse(page, status=503, headers=headers)


def _insight(request: HttpRequest, why: str) -> dict[str, Any]:
    # Late, or whoever reads the addresses would begin the log.
    from chat.access import watch
    from chat.requestlog import state

    if not is_local(request):
        return {}
    return {"why": why, "problems": [*state.problems(), *watch.problems()]}
