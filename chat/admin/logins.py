"""A limit to failed logins, by network and by account."""

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessLog
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from chat.admin.visible import visible

LONGEST_NAME = 150  # no account of Django's has a longer one
IS_KNOWN_FOR = timedelta(days=30)

Credentials = dict[str, Any] | None


class LoginLimitHandler(AxesDatabaseHandler):
    """Counts by network and by account, each for itself.

    Anyone can lock an account by wrong passwords, and could do so for ever. So its
    owner is let in from a network from which the account was logged in to of late.
    """

    def get_failures(self, request: Any, credentials: Credentials = None) -> int:
        by_network, by_account = (
            attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        if by_account > by_network and _is_known(request, credentials):
            return int(by_network)
        return int(max(by_network, by_account))

    def reset_user_attempts(self, request: Any, credentials: Credentials = None) -> int:
        """Forget what was counted for this account from this network, and no more:
        with an account of one's own one could go on guessing those of others."""
        attempts = AccessAttempt.objects.filter(
            username=login_name(request, credentials),
            ip_address=request.axes_ip_address,
        )
        return int(attempts.delete()[0])

    def user_logged_in(self, sender: Any, request: Any, user: Any, **more: Any) -> None:
        super().user_logged_in(sender, request, user, **more)  # type: ignore[no-untyped-call]
        forgotten = timezone.now() - IS_KNOWN_FOR
        AccessLog.objects.filter(attempt_time__lt=forgotten).delete()


def login_name(request: HttpRequest, credentials: Credentials = None) -> str | None:
    """The name that someone tries, as it can be stored."""
    name = (credentials or request.POST).get("username")
    return visible(str(name))[:LONGEST_NAME] if name is not None else None


def _is_known(request: Any, credentials: Credentials) -> bool:
    return bool(
        AccessLog.objects.filter(
            username=login_name(request, credentials),
            ip_address=request.axes_ip_address,
            attempt_time__gte=timezone.now() - IS_KNOWN_FOR,
        ).exists()
    )
