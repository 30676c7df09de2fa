"""Who may do what in the admin: only what means something is a permission to give."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest

# The figures of requests, their texts, and stopping them are three permissions.
SEE = "chat.view_requestlog"
READ = "chat.view_requesttext"
STOP = "chat.stop_requestlog"

OFFERED = {
    "chat": {
        *("view_requestlog", "view_requesttext", "stop_requestlog"),
        *("delete_requestlog", "view_client", "add_client", "change_client"),
    },
    "auth": {
        f"{verb}_{what}"
        for verb in ("view", "add", "change", "delete")
        for what in ("user", "group")
    },
    "admin": {"view_logentry"},
}


def may_read(request: HttpRequest) -> bool:
    """Whether texts may be shown: questions, conversations, what was sent."""
    user: Any = request.user
    return bool(user.has_perm(READ))


def offered() -> QuerySet[Permission]:
    """Those that something heeds, of all that Django makes."""
    found = Q()
    for app, names in OFFERED.items():
        found |= Q(content_type__app_label=app, codename__in=names)
    by_kind = Permission.objects.select_related("content_type")
    return by_kind.filter(found).order_by(
        "content_type__app_label", "content_type__model", "codename"
    )
