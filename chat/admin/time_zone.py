"""In which time zone the admin tells times: that of whoever looks, by their browser."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.web.middleware import AdminOnly

# static/chat/admin/time_zone.js sets it.
COOKIE = "time_zone"


class TimeZoneMiddleware(AdminOnly):
    """Tells the templates and views of the admin; others keep UTC."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(reverse("admin:index")):
            named = zone_of(request.COOKIES.get(COOKIE, ""))
            timezone.activate(named or zone_of_days())

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        timezone.deactivate()
        return response


def zone_of_days() -> ZoneInfo:
    """Where the days of the overview begin: the same for everybody."""
    return ZoneInfo(settings.ADMIN_TIME_ZONE)


def zone_of(name: str) -> ZoneInfo | None:
    """Return what a browser names; None for what is no time zone of ours."""
    return ZoneInfo(name) if name in _known() else None


def moment(at: datetime, of: str = "") -> SafeString:
    """A time, to the second, with UTC for whoever points at it, and whose it is."""
    local = timezone.localtime(at)
    day = date_format(local, "M j" if local.year == timezone.now().year else "M j, Y")
    return format_html(
        '<time datetime="{}" title="{}">{} <b>{}</b></time>',
        at.astimezone(UTC).isoformat(),
        f"{in_utc(at)} · {of}" if of else in_utc(at),
        day,
        f"{local:%H:%M:%S}",
    )


def in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
