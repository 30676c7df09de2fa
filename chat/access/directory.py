"""All clients and keys, in memory: no request asks the database who may ask."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from chat.access.keys import digest_of
from chat.access.terms import Terms, terms_of
from chat.compiled_query import CompiledQuery, Row
from chat.models import Client, ClientKey

FIELDS = [field.attname for field in Client._meta.concrete_fields]


class KnownKey(Struct, frozen=True):
    """A key that was made here, be it of use or not."""

    key_id: int
    beginning: str
    is_revoked: bool
    terms: Terms

    @property
    def problem(self) -> str | None:
        """Why nobody may ask by it, in one word; None if somebody may."""
        return "revoked" if self.is_revoked else self.terms.problem


class Directory:
    """Read whole by the watch and swapped in one piece; asked from any thread."""

    def __init__(self) -> None:
        self._keys: Mapping[str, KnownKey] = {}
        self._by_id: Mapping[int, KnownKey] = {}
        self._clients: Mapping[int, Terms] = {}
        self._used: set[int] = set()
        self._found: list[list[Row]] = []
        self.is_loaded = False

    def load(self) -> None:
        """Read all of them. Raises what the database raises; then what was known is
        known still."""
        asked = _questions()
        found = [question.fetch() for question in asked]
        if found == self._found:  # as most often
            return
        its_clients, its_keys = (q.read(f) for q, f in zip(asked, found, strict=True))
        known = [Client.from_db("default", FIELDS, row) for row in its_clients]
        clients = {client.pk: terms_of(client) for client in known}
        keys = {
            digest: KnownKey(pk, beginning, revoked_at is not None, clients[client])
            for pk, digest, beginning, revoked_at, client in its_keys
            if client in clients  # or it was made between the two questions
        }
        self._clients = clients
        self._by_id = {key.key_id: key for key in keys.values()}
        self._keys = keys
        self._found = found
        self.is_loaded = True

    def clear(self) -> None:
        """Know nothing, as at the start."""
        self._clients, self._by_id, self._keys = {}, {}, {}
        self._found = []
        self.is_loaded = False

    def find(self, text: str) -> KnownKey | None:
        """Return the key that `text` is. Only its digest is compared: how long that
        takes says nothing of the keys there are."""
        return self._keys.get(digest_of(text))

    def client(self, client_id: int) -> Terms | None:
        return self._clients.get(client_id)

    def clients(self) -> list[Terms]:
        return list(self._clients.values())

    def lets_in(self, client_id: int, key_id: int | None) -> bool:
        """Whether what let a request in would do so now."""
        if key_id is not None:
            key = self._by_id.get(key_id)
            return key is not None and key.problem is None
        terms = self._clients.get(client_id)
        return terms is not None and terms.problem is None

    def note_use(self, key_id: int) -> None:
        """Remember that a key was used, for the watch to write down."""
        self._used.add(key_id)

    def take_used(self) -> set[int]:
        """Return the keys that were used since this was asked last."""
        used, self._used = self._used, set()
        return used


@cache
def _questions() -> tuple[CompiledQuery, CompiledQuery]:
    """Ask for all clients, and for all keys."""
    clients = Client.objects.values_list(*FIELDS)
    keys = ClientKey.objects.values_list(
        "pk", "digest", "beginning", "revoked_at", "client_id"
    )
    return CompiledQuery(clients), CompiledQuery(keys)


directory = Directory()
