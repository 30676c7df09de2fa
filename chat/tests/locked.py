"""A service that only clients with a key may ask, and a client."""

from typing import Any

from chat.access.directory import directory
from chat.access.keys import make_key
from chat.models import Client, ClientKey
from chat.tests.waiting import eventually


def lock(settings: Any) -> None:
    settings.CHAT_ACCESS = "keys"


def make_client(name: str = "a site", **terms: Any) -> tuple[Client, str]:
    """Return a new client that is let in already, and its key."""
    client = Client.objects.create(name=name, **terms)
    key = make_key()
    ClientKey.objects.create(client=client, digest=key.digest, beginning=key.beginning)
    directory.load()
    # Somebody else may have read them just before.
    eventually(lambda: directory.find(key.text) or directory.load())
    return client, key.text


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
