"""Conversations as they are stored: chains of messages that requests share.

The way back from a message is its conversation; the way on is what became of it.
"""

from typing import Any

from django.db import connection

from chat.models import Message, RequestLog, RequestText

MOST_MESSAGES = 200
MOST_TURNS = 20
MOST_FOUND = 200
# How far on is looked for later turns: a turn is two messages, more with tools.
MOST_FOLLOWING = 200

_BACK = """
    WITH RECURSIVE chain(id, predecessor_id, step) AS (
        SELECT id, predecessor_id, 1 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT m.id, m.predecessor_id, step + 1
        FROM chain JOIN chat_message m ON m.id = chain.predecessor_id
        WHERE step < %s
    )
    SELECT m.id, m.predecessor_id, m.role, m.body
    FROM chain JOIN chat_message m ON m.id = chain.id ORDER BY step DESC
"""
_ON = """
    WITH RECURSIVE following(id, step) AS (
        SELECT id, 1 FROM chat_message WHERE predecessor_id = %s
        UNION ALL
        SELECT m.id, step + 1
        FROM following JOIN chat_message m ON m.predecessor_id = following.id
        WHERE step < %s
    )
    SELECT id FROM following LIMIT %s
"""


def messages_up_to(last: str | None, most: int = MOST_MESSAGES) -> list[Message]:
    """The conversation that ends with the message `last`, oldest first: one query."""
    return list(Message.objects.raw(_BACK, [last, most])) if last else []


def earlier_turns(text: RequestText, messages: list[Message]) -> list[RequestLog]:
    """The requests whose answers are part of the conversation, oldest first."""
    known = [message.pk for message in messages]
    return _requests(answer__in=known, exclude=text.pk)[::-1]


def repetitions(text: RequestText) -> list[RequestLog]:
    """Other requests that asked exactly the same, newest first."""
    return _requests(prompt=text.prompt_id, exclude=text.pk)


def later_turns(text: RequestText) -> list[RequestLog]:
    """The requests that go on from the answer, oldest first."""
    if not text.answer_id:
        return []
    return _requests(prompt__in=_following(text.answer_id), exclude=text.pk)[::-1]


def _following(message: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ON, [message, MOST_FOLLOWING, MOST_FOLLOWING])
        return [identity for (identity,) in cursor.fetchall()]


def _requests(exclude: str, **lookups: Any) -> list[RequestLog]:
    """The newest of some that are found: a greeting may have been asked often."""
    texts = RequestText.objects.filter(**lookups).exclude(pk=exclude)
    wanted = ("request__created_at", "request__question", "request__ending")
    found = texts.select_related("request").only(*wanted)[:MOST_FOUND]
    requests = [text.request for text in found]
    requests.sort(key=lambda request: (request.created_at, request.pk), reverse=True)
    return requests[:MOST_TURNS]
