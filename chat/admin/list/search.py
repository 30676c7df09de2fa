"""What the search field of the list finds."""

from itertools import islice

from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal

from chat.admin.list import narrowing
from chat.admin.list.narrowing import Narrowing
from chat.models import Client, RequestLog

IDENTITIES = {
    "id": narrowing.ONE,
    "upstream_id": narrowing.ONE,
    "user_id": narrowing.USER,
}
MOST_WORDS = 100


def exactly(term: str) -> Narrowing | None:
    """The requests that `term` is an id of (theirs, Z.AI's or their user's), or the
    name of their client: staff gave it, and no caller may take its place."""
    term = term.replace("\0", "").strip()
    if term and (client := Client.objects.filter(name__iexact=term).first()):
        return of_client(client.pk)
    for field, rank in IDENTITIES.items():
        if term and RequestLog.objects.filter(**{field: term}).exists():
            return Narrowing(field, rank, {field: term})
    return None


def of_client(pk: int) -> Narrowing:
    return Narrowing("client_id", narrowing.CLIENT, {"client_id": pk})


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
