"""Answers that are in the log, for callers who refer to them instead of sending them.

What was answered a moment ago may not be stored yet: the writer gathers for a tenth
of a second, and the one that has it may be another process's.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.conf import settings
from django.db import Error, connection

from chat.conversation import Message
from chat.exchange.visit import Visit
from chat.failures import AnswersUnknown, Refused
from chat.models import RequestText
from chat.requestlog.database import use_own_connection

logger = logging.getLogger(__name__)

MOST = 1_000  # requests whose answers one request refers to
SECONDS = 5.0
# Between looks for what is not there yet.
PAUSES = (0.05, 0.1, 0.2, 0.4)

# One look at a time, on a connection of its own: callers wait, and not the log.
_thread = ThreadPoolExecutor(1, "recall")


async def recall(request_ids: Collection[str], visit: Visit) -> Mapping[str, Message]:
    """Return the answers to those requests that are the same client's, and user's, and
    whose text is kept. Raises Failure if there are too many, or the log is away."""
    if not request_ids or not (settings.CHAT_REQUEST_LOG and settings.CHAT_STORE_TEXT):
        return {}
    if len(request_ids) > MOST:
        raise Refused(
            f"input: it refers to more than {MOST} answers; send the items themselves.",
            param="input",
        )
    look = partial(_find, set(request_ids), visit.caller.client_id, visit.user_id)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found: dict[str, Message] = await loop.run_in_executor(_thread, look)
            for pause in PAUSES:
                if len(found) == len(request_ids):
                    break
                await asyncio.sleep(pause)
                found = await loop.run_in_executor(_thread, look)
    except (Error, TimeoutError) as error:
        logger.warning("Answers that are referred to cannot be read: %s", error)
        raise AnswersUnknown(
            "The answers that this refers to cannot be read at the moment."
        ) from error
    return found


def _find(
    request_ids: set[str], client_id: int | None, user_id: str | None
) -> dict[str, Message]:
    """Return the answers to `request_ids`, those of others left out."""
    same: dict[str, Any] = {"request__client_id": client_id}
    if user_id is not None:
        same["request__user_id"] = user_id
    texts = RequestText.objects.filter(pk__in=request_ids, answer__isnull=False, **same)
    use_own_connection()
    try:
        return dict(texts.values_list("pk", "answer__body"))
    finally:
        connection.close()
