"""Deleting that forgets: a message goes when no request needs it any more."""

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from chat.ending import Ending
from chat.models import RequestLog, RequestText
from chat.requestlog import answer_words
from chat.requestlog.aside import Aside
from chat.requestlog.callers import forget_callers
from chat.requestlog.database import own_messages
from chat.requestlog.forgotten import Forgotten
from chat.requestlog.losses import Losses
from chat.requestlog.spending import forget_users

logger = logging.getLogger(__name__)

AT_ONCE = 200
# Z.AI's error may quote what was asked, and ours show a piece of the answer.
QUOTING = (Ending.UPSTREAM_REJECTED, Ending.UPSTREAM_FAILED)

Progress = Callable[[int], None]
Forget = Callable[[Sequence[str]], int]

# A message is needed by a request that ends with it, and by a message that follows it.
_DELETE_ORPHANS = """
    DELETE FROM chat_message AS m WHERE id IN ({places})
    AND NOT EXISTS (SELECT 1 FROM chat_requesttext t WHERE t.prompt_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM chat_requesttext t WHERE t.answer_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM chat_message n WHERE n.predecessor_id = m.id)
    RETURNING predecessor_id
"""


def delete_requests(identities: Sequence[str]) -> int:
    """Delete requests with all that was said in them; return how many there were."""
    count = 0
    for some in _slices(identities):
        with transaction.atomic():
            delete_texts(some)
            count += RequestLog.objects.filter(pk__in=some).delete()[0]
    return count


def delete_texts(identities: Sequence[str]) -> int:
    """Delete what was said in requests, and keep their figures; return how many had
    said something."""
    rows = RequestLog.objects.filter(pk__in=identities)
    texts = RequestText.objects.filter(pk__in=identities)
    with transaction.atomic(), connection.cursor() as cursor:
        own_messages(cursor)
        ends = list(texts.values_list("prompt_id", "answer_id"))
        answer_words.forget(cursor, identities)
        count: int = texts.delete()[0]
        rows.exclude(question="").update(question="")
        rows.filter(ending__in=QUOTING).update(error_message=None)
        _delete_orphans({end for pair in ends for end in pair if end})
    return count


def blank_requests(identities: Sequence[str]) -> int:
    """Take out of requests who asked and what was said, and keep their figures."""
    count = 0
    for some in _slices(identities):
        with transaction.atomic():
            delete_texts(some)
            count += RequestLog.objects.filter(pk__in=some).update(
                user_id=None, address=None, user_agent="", error_message=None
            )
    return count


def of_user(user_id: str) -> QuerySet[RequestLog]:
    """Requests of `user_id` that can be forgotten: those still running would be
    written again when they end."""
    theirs = RequestLog.objects.filter(user_id=user_id)
    return theirs.exclude(ending=None).order_by()


def forget_user(
    user_id: str,
    forget: Forget = delete_requests,
    progress: Progress = lambda so_far: None,
) -> int:
    """Delete, or `forget` otherwise, every request of `user_id`; return how many.

    What a process of this host stores later of what was asked until now has no text,
    and nothing that says whose it was.
    """
    _forget_in_files(user_id)
    count = 0
    addresses: set[str | None] = set()
    while found := dict(of_user(user_id).values_list("pk", "address")[:AT_ONCE]):
        addresses |= set(found.values())
        count += forget(list(found))
        progress(count)
    forget_users([user_id])
    forget_callers([user_id], addresses)
    return count


def _forget_in_files(user_id: str) -> None:
    folder = Path(settings.CHAT_SPOOL_DIR)
    aside = Aside(folder, settings.CHAT_SPOOL_MAX_BYTES, Losses(folder))
    try:
        Forgotten(folder).add(user_id)
        aside.forget_user(user_id)
    except OSError as error:
        logger.error("What waits in %s cannot be forgotten: %s", folder, error)


def _delete_orphans(candidates: set[str]) -> None:
    """Delete those of `candidates` that nothing needs, and then their predecessors."""
    while candidates:
        freed: set[str] = set()
        for some in _slices(sorted(candidates)):
            places = ", ".join(["%s"] * len(some))
            with connection.cursor() as cursor:
                cursor.execute(_DELETE_ORPHANS.format(places=places), some)
                freed |= {before for (before,) in cursor.fetchall() if before}
        candidates = freed


def _slices(identities: Sequence[str]) -> Iterable[Sequence[str]]:
    return (identities[i : i + AT_ONCE] for i in range(0, len(identities), AT_ONCE))
