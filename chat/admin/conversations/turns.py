"""The turns of a conversation: requests that build on what was said before.

A conversation is a tree: where somebody asks anew, or two answers to one question are
gone on from, it has branches. All walks through it are bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from chat.models import Message, RequestText

# How many messages back the first turn is looked for, and how many on are looked at.
MOST_BACK = 4_000
MOST_ON = 4_000
MOST_HEADS = 10
SLICE = 500

_FIRST = """
    WITH RECURSIVE chain(id, predecessor_id, step) AS (
        SELECT id, predecessor_id, 1 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT m.id, m.predecessor_id, step + 1
        FROM chain JOIN chat_message m ON m.id = chain.predecessor_id
        WHERE step < %s
    )
    SELECT t.request_id, t.prompt_id, t.answer_id
    FROM chain JOIN chat_requesttext t ON t.answer_id = chain.id
    ORDER BY step DESC, t.created_at, t.request_id LIMIT 1
"""
_ON = """
    WITH RECURSIVE tree(id, predecessor_id, step) AS (
        SELECT id, predecessor_id, 0 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT m.id, m.predecessor_id, step + 1
        FROM tree JOIN chat_message m ON m.predecessor_id = tree.id
        WHERE step < %s
    )
    SELECT tree.id, tree.predecessor_id FROM tree LIMIT %s
"""
_LENGTH = """
    WITH RECURSIVE chain(id, predecessor_id, role, step) AS (
        SELECT id, predecessor_id, role, 1 FROM chat_message WHERE id = %s
        UNION ALL
        SELECT m.id, m.predecessor_id, m.role, step + 1
        FROM chain JOIN chat_message m ON m.id = chain.predecessor_id
        WHERE step < %s
    )
    SELECT COUNT(*) FROM chain WHERE role = 'user'
"""


@dataclass(frozen=True)
class Place:
    """Of a request in a conversation: after which one it was asked, None of the first;
    `branch` counts those that were asked after the same."""

    pk: str
    after: str | None = None
    branch: int = 0


def first_of(pk: str) -> str:
    """Return the request that began the conversation of `pk`."""
    text = RequestText.objects.filter(pk=pk).values_list("prompt_id", "answer_id")
    prompt, answer = text.first() or (None, None)
    if prompt is None:
        return pk
    found = _rows(_FIRST, [answer or prompt, MOST_BACK])
    return str(found[0][0]) if found else pk


def turns_from(pk: str) -> list[Place]:
    """Return `pk` and what was asked after it, after that, and so on."""
    text = RequestText.objects.filter(pk=pk).values_list("answer_id", flat=True).first()
    if text is None:
        return [Place(pk)]
    before: dict[str, str | None] = dict(_rows(_ON, [text, MOST_ON, MOST_ON]))
    texts = _texts(list(before))
    answers = {answer: key for key, _, answer in texts if answer} | {text: pk}
    found = [Place(pk)]
    branches: dict[str | None, int] = {}
    for key, prompt, _ in texts:
        if key == pk:
            continue
        after = _answered(prompt, before, answers)
        number = branches[after] = branches.get(after, 0) + 1
        found.append(Place(key, after, number))
    return found


def heads(pks: Sequence[str]) -> list[tuple[str, int]]:
    """Return those of some requests from whose answers nobody has gone on, in their
    order, each with the number of questions up to it."""
    texts = RequestText.objects.filter(pk__in=pks, answer__isnull=False)
    answers = dict(texts.values_list("pk", "answer_id"))
    gone_on = Message.objects.filter(predecessor_id__in=answers.values())
    known = set(gone_on.values_list("predecessor_id", flat=True))
    last = [pk for pk in pks if pk in answers and answers[pk] not in known]
    return [(pk, _length(answers[pk])) for pk in last[:MOST_HEADS]]


def _length(answer: str | None) -> int:
    return int(_rows(_LENGTH, [answer, MOST_BACK])[0][0])


def _answered(
    prompt: str | None, before: dict[str, str | None], answers: dict[str, str]
) -> str | None:
    """The request whose answer a question follows."""
    message = before.get(prompt or "")
    while message is not None and message not in answers:
        message = before.get(message)
    return answers[message] if message is not None else None


def _texts(messages: list[str]) -> list[tuple[str, str | None, str | None]]:
    """Requests that ask with one of these messages as their last, oldest first."""
    found: list[tuple[str, str | None, str | None, datetime]] = []
    for i in range(0, len(messages), SLICE):
        texts = RequestText.objects.filter(prompt__in=messages[i : i + SLICE])
        found += texts.values_list("pk", "prompt_id", "answer_id", "created_at")
    found.sort(key=lambda one: (one[3], one[0]))
    return [(key, prompt, answer) for key, prompt, answer, _ in found]


def _rows(sql: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
