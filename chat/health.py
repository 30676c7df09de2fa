"""Is the service alive, and can it be used? None of the answers calls the model."""

import asyncio
import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from chat import keys
from chat.requestlog import state
from chat.server.shutdown import Shutdown

logger = logging.getLogger(__name__)

DATABASE_SECONDS = 3.0


async def health(request: HttpRequest) -> JsonResponse:
    """For people and monitors: always 200 while the process serves."""
    usable = keys.problem_with(settings.ZAI_API_KEY) is None
    return JsonResponse(
        {
            "status": "healthy" if usable else "degraded",
            "zai_client_initialized": usable,
            "timestamp": datetime.now(UTC).isoformat(),
        }
    )


async def live(request: HttpRequest) -> JsonResponse:
    """For orchestrators: 200 as long as the process answers; touches nothing."""
    return JsonResponse({"status": "live"})


async def ready(request: HttpRequest) -> JsonResponse:
    """For load balancers: 503 with the reasons when requests should go elsewhere."""
    reasons = [
        reason
        for reason in (
            keys.problem_with(settings.ZAI_API_KEY),
            "The server is shutting down." if Shutdown.begun else None,
            await _database_problem(),
        )
        if reason
    ]
    status = "not ready" if reasons else "ready"
    response = JsonResponse(
        {"status": status, "reasons": reasons, "log": state.problems()},
        status=503 if reasons else 200,
    )
    if reasons:
        logger.warning("Not ready: %s", " ".join(reasons))
        vars(response)["_has_been_logged"] = True
    return response


async def _database_problem() -> str | None:
    try:
        # sync_to_async would wait for the thread, whatever the limit.
        async with asyncio.timeout(DATABASE_SECONDS):
            await asyncio.to_thread(_ask_database)
    except Exception as error:  # of a driver, a pool, a file system: reason enough
        logger.debug("The database cannot be used: %s", error)
        return "The database cannot be used."
    return None


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
