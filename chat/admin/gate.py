"""The lanes to Z.AI: how many are open, who waits, and what is shut."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest
from django.http.response import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from chat.admin import amounts
from chat.admin.permissions import STOP
from chat.admin.trail import note
from chat.admin.visible import visible
from chat.gate.report import say_until
from chat.models import LaneReport
from chat.requestlog.lanes import living

may_open = permission_required(STOP, raise_exception=True)


@dataclass(frozen=True)
class Lane:
    """A key and a model, as all processes that live see it together.

    `key` is "" for the first. `wait` is for how long who comes now will wait, about.
    """

    model: str
    key: str
    account: int
    open: int
    limit: int
    waiting: int
    hold: str
    wait: str
    shut_code: str | None
    shut_message: str
    shut_until: str
    is_opening: bool


def lanes() -> list[Lane]:
    """Return the lanes in which somebody is, or was a moment ago, and those shut."""
    by_lane = groupby(living(), key=lambda one: (one.model, one.account))
    return [_lane(list(seen)) for _, seen in by_lane]


def problems() -> list[str]:
    """Return a sentence for each lane that is shut."""
    return [
        f"Z.AI is not asked for {lane.model}{lane.key} until"
        f" {lane.shut_until}: it said {lane.shut_code}."
        f" {lane.shut_message} (it can be opened under Now)"
        for lane in lanes()
        if lane.shut_code
    ]


@require_POST
@may_open
def open_lane(request: HttpRequest, account: int, model: str) -> HttpResponseRedirect:
    """Have the processes ask Z.AI again; they read that within 2 s."""
    found = LaneReport.objects.filter(model=model, account=account)
    if found.filter(shut_code__isnull=False).update(reopen=True):
        note(request, f"Opened the gate to {visible(model)}.")
    return HttpResponseRedirect(reverse("now"))


def _lane(seen: list[LaneReport]) -> Lane:
    shut = _shut(seen)
    first = seen[0]
    limit = max(one.limit for one in seen)
    waiting = sum(one.waiting for one in seen)
    hold = max((one.hold_ms for one in seen if one.hold_ms is not None), default=None)
    wait = None if hold is None else ceil(waiting / limit) * hold
    return Lane(
        model=visible(first.model),
        key=f", key {first.account}" if first.account > 1 else "",
        account=first.account,
        open=sum(one.open for one in seen),
        limit=limit,
        waiting=waiting,
        hold=amounts.milliseconds(hold),
        wait=amounts.milliseconds(wait) if waiting else "",
        shut_code=shut.shut_code if shut else None,
        shut_message=visible(shut.shut_message or "") if shut else "",
        shut_until=say_until(shut.shut_until) if shut else "",
        is_opening=any(one.reopen for one in seen),
    )


def _shut(seen: Iterable[LaneReport]) -> LaneReport | None:
    return next((one for one in seen if one.shut_code), None)
