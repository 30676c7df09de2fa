"""What the templates of the admin share."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from chat.admin import time_zone
from chat.admin.permissions import SEE
from chat.admin.standing import line

register = template.Library()

# Words, the name of the address, and what further addresses belong to it.
SECTIONS = [
    ("Overview", "admin:index", ""),
    ("Requests", "admin:chat_requestlog_changelist", "chat_requestlog_"),
    ("Now", "now", "now"),
    ("Callers", "callers", "caller"),
]


@dataclass(frozen=True)
class Section:
    name: str
    link: str
    is_here: bool


@register.simple_tag(takes_context=True)
def sections(context: dict[str, Any]) -> list[Section]:
    """The pages that are one click away from everywhere, for those who may see them."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.has_perm(SEE):
        return []
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        Section(name, link, request.path == link or bool(rest and rest in here))
        for name, address, rest in SECTIONS
        if (link := _link(address))
    ]


@register.simple_tag
def time_zone_name() -> str:
    """Whose times a page shows."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def other_days() -> str:
    """Whose days are meant, where that is another time zone than a page's times."""
    days = str(time_zone.zone_of_days())
    return "" if days == timezone.get_current_timezone_name() else days


@register.filter
def moment(at: datetime) -> SafeString:
    """A time in the zone of whoever looks, and in UTC for whoever points at it."""
    return time_zone.moment(at)


@register.inclusion_tag("admin/chat/standing.html")
def standing() -> dict[str, Any]:
    """What the service keeps, where, and by whom it is run."""
    return {"standing": line.standing()}


@register.inclusion_tag("admin/chat/as_of.html")
def as_of(query: str = "?", again: str = "?") -> dict[str, Any]:
    """As of when a page is, and an offer to draw it anew once there is more to see.

    `query` is that of the list whose new requests count, `again` leads to the newest.
    """
    now = timezone.now()
    separator = "" if query.endswith("?") else "&"
    return {
        "now": now,
        "fresh": f"{query}{separator}since={now.timestamp():.6f}",
        "again": again,
    }


def _link(address: str) -> str:
    try:
        return reverse(address)
    except NoReverseMatch:
        return ""
