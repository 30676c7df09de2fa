"""What is open at this moment, on all processes, and a way to stop it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chat.admin import amounts
from chat.admin.gate import lanes
from chat.admin.permissions import SEE, STOP, may_read
from chat.admin.trail import note
from chat.admin.visible import visible
from chat.models import Process, RequestLog

SHOWN = 200
SILENCE = timedelta(seconds=25)  # a lease is renewed every 10 s

_COLUMNS = [
    *("id", "created_at", "model", "question", "user_id", "address", "events"),
    *("process", "stop_requested", "place"),
]
may_see = permission_required(SEE, raise_exception=True)
may_stop = permission_required(STOP, raise_exception=True)


@dataclass(frozen=True)
class Place:
    """A process, and how long it has not been heard from; None if it was just now."""

    name: str
    silent_for: str | None = None


@dataclass(frozen=True)
class Open:
    request: RequestLog
    model: str
    question: str
    caller: str
    age: str
    events: str
    place: Place

    @classmethod
    def at(
        cls, moment: datetime, request: RequestLog, place: Place, may_read: bool
    ) -> "Open":
        question = request.question if may_read else ""
        return cls(
            request,
            visible(request.model or amounts.UNKNOWN),
            visible(question or request.pk),
            visible(request.user_id or request.address or amounts.UNKNOWN),
            amounts.elapsed(moment - request.created_at),
            _events(request),
            place,
        )


@never_cache
@may_see
def now(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Now", **_page(request)}
    return TemplateResponse(request, "admin/chat/now.html", context)


@never_cache
@may_see
def now_rows(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes, for its script."""
    return TemplateResponse(request, "admin/chat/now_rows.html", _page(request))


@require_POST
@may_stop
def stop(request: HttpRequest, identity: str) -> HttpResponse:
    """Ask for an end; the process that has the request reads that within 2 s."""
    asked = RequestLog.objects.filter(
        id=identity, ending=None, stop_requested=False
    ).update(stop_requested=True)
    if asked:
        note(request, "Asked to stop.", identity)
    return HttpResponseRedirect(reverse("now"))


def open_now(may_read: bool) -> tuple[list[Open], int]:
    """The requests that have been open longest, and how many there are in all."""
    moment = timezone.now()
    requests = RequestLog.objects.filter(ending=None)
    # The oldest first: new ones appear at the end, and what one reads stays in place.
    # By an expression, or SQLite, once it has counted (ANALYZE), would take all rows in
    # their order and look for open ones among them.
    oldest = Coalesce(F("created_at"), F("created_at"))
    rows = list(requests.only(*_COLUMNS).order_by(oldest, "id")[:SHOWN])
    places = _places({row.process for row in rows})
    shown = [Open.at(moment, row, places[row.process], may_read) for row in rows]
    return shown, requests.count()


def _page(request: HttpRequest) -> dict[str, Any]:
    rows, count = open_now(may_read(request))
    found = {"rows": rows, "count": count, "may_stop": request.user.has_perm(STOP)}
    return {**found, "lanes": lanes()}


def _places(identities: set[str]) -> dict[str, Place]:
    """Processes by id. Leases are renewed by the database's clock, and judged by it."""
    found = {identity: Place("not known") for identity in identities}
    processes = Process.objects.filter(id__in=identities).annotate(clock=Now())
    for process in processes:
        found[process.id] = Place(str(process), _silence(process, process.clock))
    return found


def _silence(process: Process, clock: datetime) -> str | None:
    silence = clock - process.renewed_at
    return amounts.elapsed(silence) if silence > SILENCE else None


def _events(request: RequestLog) -> str:
    """How many came; of who waits for Z.AI the place in line."""
    if request.place is not None:
        return f"in line: {request.place}"
    return amounts.count(request.events)
