"""The answer that somebody asks for again, or wants stopped, wherever it is made."""

import asyncio
import re

from django.conf import settings
from django.db import Error, connection

from chat.answers.answer import Answer
from chat.answers.elsewhere import Elsewhere
from chat.answers.owner import Owner
from chat.answers.relay import relay
from chat.answers.shelf import shelf
from chat.models import RequestLog
from chat.requestlog.columns import plain

REQUEST_ID = re.compile(r"req_[0-9a-f]{20,40}", re.ASCII)
DATABASE_SECONDS = 3.0
# Redis and the database hear of an answer a moment after it began at another process:
# before "there is none" is believed they are asked again after each of these.
SECONDS_TO_BE_TOLD = (0.2, 0.8)


async def find_answer(identity: str, owner: Owner) -> Answer | Elsewhere | None:
    """Return the answer of that chat, or request, if `owner` may have it.

    Of a chat the latest: another process may know of one after ours.
    """
    ours = shelf.find(identity, owner)
    if ours and ours.ended is None:
        return ours
    there = relay()
    return (await there.find(identity, owner) if there else None) or ours


async def stop_answer(identity: str, owner: Owner) -> bool:
    """Stop the answer of that chat, or request; whether there is one that goes on.

    Of another process: at once through Redis; by its request through the database too,
    within the beat.
    """
    ours = shelf.find(identity, owner)
    if ours and ours.ended is None:
        ours.stop()
        return True
    # Of a chat another process may answer the next question.
    is_over = ours is not None and ours.request_id == identity
    there = relay()
    for seconds in (0.0, *SECONDS_TO_BE_TOLD):
        await asyncio.sleep(seconds)
        if there and await there.stop(identity, owner):
            return True
        if is_over or not (there or REQUEST_ID.fullmatch(identity)):
            return False
        told = await _stop_by_its_row(identity, owner)
        if told is not None:
            return told
    return False


async def _stop_by_its_row(identity: str, owner: Owner) -> bool | None:
    """Return whether it goes on; None if it has no row, or not yet."""
    if not settings.CHAT_REQUEST_LOG or not REQUEST_ID.fullmatch(identity):
        return None
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return await asyncio.to_thread(_ask_for_a_stop, identity, owner)
    except (Error, TimeoutError):
        return False


def _ask_for_a_stop(identity: str, owner: Owner) -> bool | None:
    """As the admin does; the process that has the request reads it."""
    try:
        row = RequestLog.objects.filter(id=identity, **_columns(owner))
        if row.filter(ending=None).update(stop_requested=True):
            return True
        return False if row.exists() else None
    finally:
        connection.close()


def _columns(owner: Owner) -> dict[str, object]:
    """Return what the row of a request of `owner` has."""
    by, _, user = owner.known.partition(" ")
    if by.isdecimal():
        return {"client_id": int(by), "user_id": plain(user) or None}
    if by:
        return {"client_id": None, "admitted_by": by, "user_id": plain(user)}
    return {"client_id": None, "admitted_by": "open"}
