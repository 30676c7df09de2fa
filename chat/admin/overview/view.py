"""The admin's front page: how the service has fared of late, from sums alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.utils import timezone

from chat.admin import gate
from chat.admin.overview import panels
from chat.admin.overview.access import access
from chat.admin.overview.figures import figures
from chat.admin.overview.percentiles import EXACT_TO
from chat.admin.overview.period import DEFAULT, PERIODS, Period
from chat.admin.overview.tiles import tiles
from chat.models import RequestLog, TimingTally
from chat.requestlog import account
from config.version import read_version


def overview(request: HttpRequest) -> HttpResponse:
    """The admin's index; above it the overview, for those who may see requests."""
    if not request.user.has_perm("chat.view_requestlog"):
        return admin.site.index(request)
    period = PERIODS.get(request.GET.get("span", ""), DEFAULT)
    sees_clients = request.user.has_perm("chat.view_client")
    extra = {"title": "Overview", "overview": page(period, sees_clients)}
    return admin.site.index(request, extra)


def page(period: Period, sees_clients: bool) -> dict[str, Any]:
    """Everything that the template says."""
    now = timezone.now()
    found = figures(period, now)
    return {
        "period": period,
        "periods": PERIODS.values(),
        "since": period.start(found.first),
        "exact_to": EXACT_TO,
        "total": found.total.requests,
        "open": RequestLog.objects.filter(ending=None).count(),
        "problems": problems(),
        "version": read_version(),
        "tiles": tiles(found),
        "requests": panels.requests(found),
        "endings": panels.endings(found),
        "timings": [
            panels.timing(found, TimingTally.Measure.FIRST_WORD, "Time to first word"),
            panels.timing(found, TimingTally.Measure.DURATION, "Duration"),
        ],
        "models": panels.models(found),
        "access": access(period.start(found.first), now, sees_clients),
    }


def problems() -> list[str]:
    """What keeps the service from answering, and this process from writing its log and
    from counting limits, at this moment."""
    # Late, or whoever registers the admin would begin the log.
    from chat.access import watch
    from chat.requestlog import state

    refused = account.find_problem()
    return [
        *([refused] if refused else []),
        *gate.problems(),
        *state.problems(),
        *watch.problems(),
    ]
