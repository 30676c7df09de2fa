"""Deleting that forgets: a message goes when no request needs it any more."""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from chat.models import RequestLog, RequestText

AT_ONCE = 200

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
    """Delete what was said in requests, and keep their figures."""
    texts = RequestText.objects.filter(pk__in=identities)
    with transaction.atomic():
        ends = list(texts.values_list("prompt_id", "answer_id"))
        count: int = texts.delete()[0]
        RequestLog.objects.filter(pk__in=identities).update(question="")
        _delete_orphans({end for pair in ends for end in pair if end})
    return count


def forget_user(user_id: str) -> int:
    """Delete every request that carries `user_id`; return how many there were."""
    count = 0
    theirs = RequestLog.objects.filter(user_id=user_id).order_by()
    while found := list(theirs.values_list("pk", flat=True)[:AT_ONCE]):
        count += delete_requests(found)
    return count


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
