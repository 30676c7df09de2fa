"""Making clients and their keys, and revoking them: for the admin and manage.py."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.access import keys
from chat.access.public_keys import NotPublicKeys, read_public_keys
from chat.access.redis import announce
from chat.models import Client, ClientKey

MOST_VALID_KEYS = 2
# What cannot be seen, turns the words around it, or is half of a character.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class CannotDo(Exception):
    """Says in a sentence why something is not done to a client."""


def add_client(name: str, **fields: Any) -> tuple[Client, str]:
    """Make a client with a key; return it and the text of the key.

    The text is nowhere else: it has to be shown now. `fields` are those of the model.
    Raises CannotDo.
    """
    client = Client(name=name.strip(), **fields)
    _check(client)
    try:
        with transaction.atomic():
            client.save(force_insert=True)
            return client, make_key(client)
    except IntegrityError:
        _check(client)  # somebody took the name meanwhile
        raise


def make_key(client: Client) -> str:
    """Give `client` a further key; return its text, which is nowhere else.

    Raises CannotDo if it has two that are valid, or is revoked.
    """
    with transaction.atomic():
        # Who asks at the same time waits here, and counts this one too.
        client = Client.objects.select_for_update().get(pk=client.pk)
        if client.revoked_at:
            raise CannotDo("The client is revoked: it gets no further keys.")
        valid = client.keys.filter(revoked_at=None).count()
        if valid >= MOST_VALID_KEYS:
            raise CannotDo(
                f"The client has {valid} valid keys, and cannot have more: revoke the"
                " one that is no longer used."
            )
        key = keys.make_key()
        client.keys.create(digest=key.digest, beginning=key.beginning)
        transaction.on_commit(announce)
    return key.text


def problem_with_name(name: str) -> str | None:
    """Return what is wrong with the name of a client, if anything is."""
    if _UNFIT.search(name):
        return "A name has no characters that cannot be seen, or turn the text around."
    return None


def revoke_key(key: ClientKey) -> bool:
    """Take `key` back; False if it was already."""
    with transaction.atomic():
        return _revoke(ClientKey.objects.filter(pk=key.pk))


def revoke_client(client: Client) -> bool:
    """Take back `client` with all of its keys; False if it was already.

    It stays, for its requests are still to be told apart.
    """
    with transaction.atomic():
        _revoke(client.keys.all())
        return _revoke(Client.objects.filter(pk=client.pk))


def _revoke(them: Any) -> bool:
    transaction.on_commit(announce)
    return bool(them.filter(revoked_at=None).update(revoked_at=timezone.now()))


def _check(client: Client) -> None:
    try:
        if problem := problem_with_name(client.name):
            raise CannotDo(problem)
        if _UNFIT.search("".join(client.notes.split())):
            raise CannotDo("The notes have characters that cannot be seen.")
        if namesake := Client.objects.filter(name=client.name).first():
            raise CannotDo(_taken(namesake))
        client.full_clean()
        read_public_keys(client.public_keys)
    except NotPublicKeys as error:
        raise CannotDo(str(error)) from None
    except ValidationError as error:
        raise CannotDo(_sentence(error)) from None


def _taken(namesake: Client) -> str:
    said = f"There is a client named {namesake} already"
    if not namesake.revoked_at:
        return f"{said}."
    return f"{said}, which is revoked: take another name, or give that one another."


def _sentence(error: ValidationError) -> str:
    field, said = next(iter(error.message_dict.items()))
    return f"{field}: {' '.join(said)}"
