"""What is left of a minute and of a budget, in the head of an answer.

`RateLimit` and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from chat.access.claim import Quota
from chat.access.watch import current
from chat.exchange.visit import visit_of
from chat.failures import AccessRefused, BudgetSpent, Unauthenticated
from chat.protocols import Told

R = TypeVar("R", bound=HttpResponseBase)

MINUTE = 60
MILLION = 1_000_000


def labelled(response: R, request: HttpRequest, dialect: Told) -> R:
    """Return `response`, an answer, with what is left of what its caller may have."""
    visit = visit_of(request)
    if quota := visit.admission.quota:
        for name, value in _of_quota(quota, dialect).items():
            response[name] = value
    watch = current()
    by_key = visit.caller.client_id
    if watch and (by_key or visit.admitted_by == "open"):
        left = watch.nearing.left(by_key)
        if left is not None:
            response["X-Budget-Left-USD"] = f"{left / MILLION:.2f}"
    return response


def label_refusal(response: HttpResponse, failure: AccessRefused, told: Told) -> None:
    """Put into the head of `response` what clients act by."""
    if isinstance(failure, Unauthenticated):
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(failure, BudgetSpent):
        response["X-Should-Retry"] = "false"
    if failure.quota:
        for name, value in _of_quota(failure.quota, told).items():
            response[name] = value


def _of_quota(quota: Quota, told: Told) -> dict[str, str]:
    reset = math.ceil(quota.reset_seconds)
    return {
        "RateLimit-Policy": f'"requests";q={quota.limit};w={MINUTE}',
        "RateLimit": f'"requests";r={quota.remaining};t={reset}',
        **told.quota_headers(quota.limit, quota.remaining, reset),
    }
