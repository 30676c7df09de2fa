"""What an operator has to hear at the start, whatever server starts the service.

`manage.py check` says it too; uvicorn and gunicorn run no checks.
"""

import asyncio
import logging
from pathlib import Path

from django.conf import settings
from django.db import connections

from chat.access.admission import SIMULATOR_KEY
from chat.access.unlogged import find_unlogged_budget
from chat.checks.old_names import tell_old_names
from chat.upstream import plan
from chat.web.siblings import Siblings
from chat.web.supervisor import supervisor

logger = logging.getLogger(__name__)

# The database is waited for no longer: a service starts without it.
DATABASE_SECONDS = 3.0


async def find_hindrance() -> str | None:
    """Return why the service must not be started as it is set; None if it may."""
    if settings.CHAT_REQUEST_LOG:
        return None

    def look() -> str | None:
        try:
            return find_unlogged_budget()
        finally:
            connections["default"].close()

    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return await asyncio.to_thread(look)
    except TimeoutError:
        return None


def warn() -> Siblings | None:
    """Log what is set and is not as it seems: once, however many workers there are.

    Returns what tells the other workers, to be closed at the end.
    """
    number = supervisor()
    siblings = None
    if number is not None:
        siblings = Siblings(Path(settings.CHAT_SPOOL_DIR), number, "started")
        if not siblings.be_first():
            return _tell_of_several(number)
    if plan.is_of_coding_plan(settings.ZAI_BASE_URL):
        logger.warning("%s %s", plan.SENTENCE, plan.REMEDY)
    tell_old_names()
    _tell_who_may_ask()
    return siblings


def _tell_of_several(number: int) -> Siblings | None:
    """There is another worker: the second of all says what that means."""
    if settings.REDIS_URL or not settings.CHAT_KEEP_ANSWER_SECONDS:
        return None
    siblings = Siblings(Path(settings.CHAT_SPOOL_DIR), number, "several")
    if not siblings.be_first():
        return None
    logger.info(
        "Several workers without REDIS_URL: who comes back for an answer finds it only"
        " where its own worker is asked (docs/resume.md)"
    )
    return siblings


def _tell_who_may_ask() -> None:
    if settings.CHAT_ACCESS != "open" or settings.ZAI_API_KEY == SIMULATOR_KEY:
        return
    if most := settings.CHAT_OPEN_BUDGET_USD_PER_DAY:
        logger.info(
            "Open: everyone who can reach this service may spend up to %g US dollars a"
            " day (CHAT_OPEN_BUDGET_USD_PER_DAY)",
            most,
        )
        return
    logger.warning(
        "Open: everyone who can reach this service may spend any amount"
        " (CHAT_OPEN_BUDGET_USD_PER_DAY is 0)"
    )
