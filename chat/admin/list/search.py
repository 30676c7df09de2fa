"""What the search field of the list finds."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db import connection
from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal

from chat.admin.list import narrowing
from chat.admin.list.narrowing import Narrowing
from chat.models import Client, RequestLog
from chat.requestlog import answer_words

MOST_WORDS = 100
# Of ids that begin alike so many are found, the newest: ids begin with the time.
MOST_ALIKE = 200
MOST_ANSWERS = 500
SHORTEST_BEGINNING = 6
HIGHEST = "\U0010ffff"


@dataclass(frozen=True)
class Found:
    """What a term was taken for, in words, and what that narrows to."""

    what: str
    narrowing: Narrowing


def exactly(term: str) -> Found | None:
    """The requests that `term` names: by their client's name (staff gave it, and no
    caller may take its place), an id, an address, an error code, or an id's beginning.

    What stands in quotes is words.
    """
    term = term.replace("\0", "").strip()
    if not term or term[0] in "\"'":
        return None
    return next(filter(None, (find(term) for find in FINDERS)), None)


def of_client(pk: int) -> Narrowing:
    return Narrowing("client_id", narrowing.CLIENT, {"client_id": pk})


def of_code(code: str) -> Narrowing:
    return Narrowing("error_code", narrowing.CODE, {"error_code": code})


def in_answers(term: str) -> Found | None:
    """The newest requests whose answers have every word of `term`, or phrase in
    quotes; None where the operator does not want that."""
    if not settings.ADMIN_SEARCH_ANSWERS or not term.strip():
        return None
    found = answer_words.find(term.replace("\0", ""), MOST_ANSWERS)
    what = "words of answers"
    if len(found) == MOST_ANSWERS:
        what += f": the newest {MOST_ANSWERS:,}, and there may be more"
    return Found(what, Narrowing("id", narrowing.ONE, {"id__in": found}))


def words(term: str) -> Q | None:
    """Every word, or "quoted phrase", among the question's first 200 characters.

    No question has more words than MOST_WORDS, and no database takes thousands.
    """
    found = Q()
    for word in islice(smart_split(term.replace("\0", "")), MOST_WORDS):
        if word.startswith(('"', "'")) and word[0] == word[-1]:
            word = unescape_string_literal(word)
        found &= Q(question__icontains=word)
    return found or None


def _by_client(term: str) -> Found | None:
    client = Client.objects.filter(name__iexact=term).first()
    return Found("a client", of_client(client.pk)) if client else None


def _by(field: str, rank: int, what: str) -> Callable[[str], Found | None]:
    def find(term: str) -> Found | None:
        if not RequestLog.objects.filter(**{field: term}).exists():
            return None
        return Found(what, Narrowing(field, rank, {field: term}))

    return find


def _by_address(term: str) -> Found | None:
    try:
        validate_ipv46_address(term)
    except ValidationError:
        return None
    return _by("address", narrowing.ADDRESS, "an address")(term)


def _by_beginning(field: str, what: str) -> Callable[[str], Found | None]:
    def find(term: str) -> Found | None:
        if len(term) < SHORTEST_BEGINNING or " " in term:
            return None
        alike = RequestLog.objects.filter(_begins(field, term)).order_by(f"-{field}")
        if not (found := list(alike.values_list("pk", flat=True)[:MOST_ALIKE])):
            return None
        return Found(what, Narrowing("id", narrowing.ONE, {"id__in": found}))

    return find


def _begins(field: str, term: str) -> Q:
    """By an index: PostgreSQL sorts by a language, and SQLite's LIKE has none."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": term})
    return Q(**{f"{field}__gte": term, f"{field}__lt": term + HIGHEST})


FINDERS = (
    _by_client,
    _by("id", narrowing.ONE, "a request id"),
    _by("upstream_id", narrowing.ONE, "an id of Z.AI’s"),
    _by("user_id", narrowing.USER, "a user_id"),
    _by_address,
    _by("error_code", narrowing.CODE, "an error code"),
    _by_beginning("id", "the beginning of a request id"),
    _by_beginning("upstream_id", "the beginning of an id of Z.AI’s"),
)
