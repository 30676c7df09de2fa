"""The admin's front page: how the service has fared, from sums alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.utils import timezone

from chat.admin import gate
from chat.admin.callers.who import who
from chat.admin.overview import links, panels, why
from chat.admin.overview.access import access
from chat.admin.overview.choosing import chosen, zone
from chat.admin.overview.figures import figures
from chat.admin.overview.heading import heading
from chat.admin.overview.money import costs
from chat.admin.overview.percentiles import EXACT_TO
from chat.admin.overview.tiles import MEASURES, tiles
from chat.admin.overview.verdict import verdict
from chat.models import RequestLog, Span
from chat.requestlog import account
from config.version import read_version

CALLERS = 5


def overview(request: HttpRequest) -> HttpResponse:
    """The admin's index; above it the overview, for those who may see requests."""
    if not request.user.has_perm("chat.view_requestlog"):
        return admin.site.index(request)
    sees_clients = request.user.has_perm("chat.view_client")
    shown = page(request.GET, timezone.now(), sees_clients)
    return admin.site.index(request, {"title": "Overview", "overview": shown})


def page(query: Mapping[str, str], now: datetime, sees_clients: bool) -> dict[str, Any]:
    """Everything that the template says."""
    period, notice, choices = chosen(query, now)
    found = figures(period, now)
    return {
        "period": period,
        "notice": notice,
        "choices": choices,
        "zone": zone(),
        "now": now,
        "exact_to": EXACT_TO,
        "is_by_hour": period.span == Span.HOUR,
        "total": found.total.requests,
        "open": RequestLog.objects.filter(ending=None).count(),
        "refused": account.find_problem(),
        "refused_link": links.all_rows(whose="account"),
        "problems": problems(),
        "version": read_version(),
        "verdict": verdict(found),
        "tiles": tiles(found, heading(now)),
        "costs": costs(found),
        "requests": panels.requests(found),
        "endings": panels.endings(found),
        "why": why.reasons(found),
        "who": who(period, now, CALLERS, sees_clients),
        "timings": [panels.timing(found, *named[:2]) for named in MEASURES],
        "models": panels.models(found),
        "access": access(period.since, now, sees_clients),
    }


def problems() -> list[str]:
    """What keeps this process from writing its log and from counting limits, at this
    moment."""
    # Late, or whoever registers the admin would begin the log.
    from chat.access import watch
    from chat.alerts.watch import problems as untold
    from chat.gate.gate import problems as alone
    from chat.requestlog import state

    return [
        *gate.problems(),
        *state.problems(),
        *watch.problems(),
        *alone(),
        *untold(),
    ]
