"""Is the service alive, and can it be used? None of the answers calls the model."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from msgspec import to_builtins

from chat import keys, request_id
from chat.access import watch
from chat.alerts import watch as alerts
from chat.failures import MethodNotAllowed
from chat.gate import report
from chat.protocols.dialects import NATIVE
from chat.requestlog import account, state
from chat.web.health_shapes import Health, Live, Ready
from chat.web.insider import is_local, is_staff
from chat.web.responses import error_response
from chat.web.shutdown import Shutdown
from config.version import read_version

logger = logging.getLogger(__name__)

DATABASE_SECONDS = 3.0
METHODS = ("GET", "HEAD")
T = TypeVar("T")

Probe = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]


def probe(view: Probe) -> Probe:
    """Answer whoever only looks; whatever the Host header says, for probes come by
    address."""

    @wraps(view)
    async def guarded(request: HttpRequest) -> HttpResponse:
        if request.method in METHODS:
            return await view(request)
        failure = MethodNotAllowed("Use GET here.")
        response = error_response(failure, NATIVE, request_id.current.get())
        response["Allow"] = ", ".join(METHODS)
        return response

    return csrf_exempt(guarded)


@probe
async def health(request: HttpRequest) -> JsonResponse:
    """For people and monitors: always 200 while the process serves."""
    usable = keys.problem_with(settings.ZAI_API_KEY) is None
    answer = Health(
        status="healthy" if usable else "degraded",
        zai_client_initialized=usable,
        timestamp=_now(),
        version=read_version(),
    )
    return JsonResponse(to_builtins(answer))


@probe
async def live(request: HttpRequest) -> JsonResponse:
    """For orchestrators: 200 as long as the process answers; touches nothing."""
    return JsonResponse(to_builtins(Live("live")))


@probe
async def ready(request: HttpRequest) -> JsonResponse:
    """For load balancers: 503 when requests should go elsewhere.

    This machine and staff learn why; to others it would be news of where to press.
    """
    database_problem = await _database_problem()
    reasons = [
        reason
        for reason in (
            keys.problem_with(settings.ZAI_API_KEY),
            "The server is shutting down." if Shutdown.begun else None,
            database_problem,
        )
        if reason
    ]
    answer = Ready("not ready" if reasons else "ready")
    if is_local(request) or (not database_problem and await is_staff(request)):
        answer.reasons, answer.log = reasons, state.problems()
        answer.access = watch.problems()
        answer.gate = report.problems()
        answer.account = None if database_problem else await _account_problem()
        answer.alerts = await _untold_alerts(not database_problem)
    response = JsonResponse(to_builtins(answer), status=503 if reasons else 200)
    response["Cache-Control"] = "no-store"  # it differs by who looks
    if reasons:
        logger.warning("Not ready: %s", " ".join(reasons))
        vars(response)["_has_been_logged"] = True
    return response


def _now() -> str:
    """As JavaScript writes a moment: parsers of other languages take no more digits."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


async def _database_problem() -> str | None:
    try:
        await _asked(_ask_database)
    except Exception as error:  # of a driver, a pool, a file system: reason enough
        logger.debug("The database cannot be used: %s", error)
        return "The database cannot be used."
    return None


async def _account_problem() -> str | None:
    """What the log says; nothing where it does not answer."""
    try:
        return await _asked(account.find_problem)
    except Exception as error:
        logger.debug("What the log has of the account is not known: %s", error)
        return None


async def _untold_alerts(with_database: bool) -> list[str]:
    try:
        return await _asked(lambda: alerts.problems(with_database))
    except Exception as error:
        logger.debug("Which alerts were not sent is not known: %s", error)
        return []


async def _asked(question: Callable[[], T]) -> T:
    """Ask the database, in a thread, within a limit."""

    def ask() -> T:
        try:
            return question()
        finally:
            connection.close()

    # sync_to_async would wait for the thread, whatever the limit.
    async with asyncio.timeout(DATABASE_SECONDS):
        return await asyncio.to_thread(ask)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
