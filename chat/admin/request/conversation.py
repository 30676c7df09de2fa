"""Conversations as they are stored: chains of messages that requests share.

The way back from a message is its conversation; the way on is what became of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from chat.admin.visible import visible
from chat.models import RequestLog, RequestText

if TYPE_CHECKING:
    from chat.admin.request.stored import StoredText

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
"""
_ALL = f"""
    {_BACK}
    SELECT CAST(m.body AS TEXT)
    FROM chain JOIN chat_message m ON m.id = chain.id ORDER BY step DESC
"""  # noqa: S608 (of ours alone)
_LATEST = f"""
    {_BACK},
    sized(id, predecessor_id, step, size) AS (
        SELECT m.id, m.predecessor_id, step, LENGTH(CAST(m.body AS TEXT))
        FROM chain JOIN chat_message m ON m.id = chain.id
    ),
    summed(id, predecessor_id, step, size, total) AS (
        SELECT id, predecessor_id, step, size, SUM(size) OVER (ORDER BY step)
        FROM sized
    )
    SELECT m.id, s.predecessor_id, m.role, s.size,
        CASE WHEN s.total <= %s THEN CAST(m.body AS TEXT) END
    FROM summed s JOIN chat_message m ON m.id = s.id ORDER BY s.step DESC
"""  # noqa: S608 (of ours alone)
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


@dataclass(frozen=True)
class Told:
    """A message as it is stored; `text` is its JSON, None if that is too long to load.

    It stays JSON as long as it can: what is nested deeply cannot be read.
    """

    pk: str
    predecessor_id: str | None
    role: str
    size: int
    text: str | None

    @property
    def body(self) -> Any:
        return None if self.text is None else json.loads(self.text)


def messages_up_to(
    last: str | None, most: int = MOST_MESSAGES, characters: int = 10**9
) -> list[Told]:
    """The conversation that ends with the message `last`, oldest first: one query.

    From its end on back so much of it is loaded as `characters` allow.
    """
    return [Told(*row) for row in _rows(_LATEST, [last, most, characters])]


def all_messages(last: str | None, most: int) -> list[str]:
    """The same, all of it, as JSON."""
    return [text for (text,) in _rows(_ALL, [last, most])]


def earlier_turns(text: "StoredText", messages: Sequence[Told]) -> list[RequestLog]:
    """The requests whose answers are part of the conversation, oldest first."""
    known = [message.pk for message in messages]
    return _requests(answer__in=known, exclude=text.pk)[::-1]


def repetitions(text: "StoredText") -> list[RequestLog]:
    """Other requests that asked exactly the same, newest first."""
    return _requests(prompt=text.prompt_id, exclude=text.pk)


def later_turns(text: "StoredText") -> list[RequestLog]:
    """The requests that go on from the answer, oldest first."""
    if not text.answer_id:
        return []
    return _requests(prompt__in=_following(text.answer_id), exclude=text.pk)[::-1]


def _following(message: str) -> list[str]:
    found = _rows(_ON, [message, MOST_FOLLOWING, MOST_FOLLOWING])
    return [identity for (identity,) in found]


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _requests(exclude: str, **lookups: Any) -> list[RequestLog]:
    """The newest of some that are found: a greeting may have been asked often."""
    texts = RequestText.objects.filter(**lookups).exclude(pk=exclude)
    wanted = ("request__created_at", "request__question", "request__ending")
    found = texts.select_related("request").only(*wanted)[:MOST_FOUND]
    requests = [text.request for text in found]
    for request in requests:
        request.question = visible(request.question)
    requests.sort(key=lambda request: (request.created_at, request.pk), reverse=True)
    return requests[:MOST_TURNS]
