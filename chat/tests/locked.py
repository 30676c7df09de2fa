"""A service that only clients with a key may ask, and a client."""

from typing import Any

from chat.access.clients import add_client
from chat.access.directory import directory
from chat.models import Client
from chat.tests.waiting import eventually


def lock(settings: Any) -> None:
    settings.CHAT_ACCESS = "keys"


def make_client(name: str = "a site", **terms: Any) -> tuple[Client, str]:
    """Return a new client that is let in already, and its key."""
    client, key = add_client(name, **terms)
    # Somebody else may have read them just before, and be late.
    eventually(lambda: directory.find(key) or directory.load())
    return client, key


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
