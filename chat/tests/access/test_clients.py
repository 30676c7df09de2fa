"""Making clients and keys, and revoking them."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.db import connection, connections
from django.utils import timezone

from chat.access import clients
from chat.access.clients import CannotDo, add_client, make_key
from chat.access.keys import digest_of
from chat.access.public_keys import MOST, NotPublicKeys, read_public_keys
from chat.access.states import State, in_state, state_of
from chat.models import Client, ClientKey
from chat.tests import rows

pytestmark = pytest.mark.django_db(transaction=True)


def pem(key: Any = None) -> str:
    public = (key or Ed25519PrivateKey.generate()).public_key()
    form = PublicFormat.SubjectPublicKeyInfo
    return str(public.public_bytes(Encoding.PEM, form).decode())


def stored() -> str:
    """All that the database has of clients and keys."""
    return repr([*Client.objects.values_list(), *ClientKey.objects.values_list()])


def test_a_key_is_told_and_not_stored() -> None:
    client, text = add_client("Shop", budget_usd_per_day=Decimal(5))
    [key] = client.keys.all()
    assert key.digest == digest_of(text) and text.startswith(key.beginning)
    assert text not in stored() and text[20:] not in stored()
    assert Client.objects.get().budget_usd_per_day == 5


def test_there_are_two_valid_keys_at_most() -> None:
    client, first = add_client("Shop")
    assert make_key(client) != first
    with pytest.raises(CannotDo, match="2 valid keys"):
        make_key(client)
    assert clients.revoke_key(client.keys.all()[0])
    assert make_key(client)
    assert client.keys.count() == 3


def test_no_third_key_is_made_by_asking_at_the_same_time() -> None:
    client, _ = add_client("Shop")
    made, refused = [], []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait(20)
        try:
            made.append(make_key(client))
        except CannotDo as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(made), len(refused)) == (1, 3)
    assert client.keys.count() == 2


def test_what_is_revoked_stays_and_can_be_revoked_again() -> None:
    client, _ = add_client("Shop")
    make_key(client)
    row = rows.row(client=client)
    assert clients.revoke_client(client)
    first = Client.objects.get().revoked_at
    assert not clients.revoke_client(client)
    assert Client.objects.get().revoked_at == first is not None
    assert all(ClientKey.objects.values_list("revoked_at", flat=True))
    assert not clients.revoke_key(client.keys.all()[0])
    row.refresh_from_db()
    assert row.client == client
    with pytest.raises(CannotDo, match="revoked"):
        make_key(client)


def test_errors_are_sentences() -> None:
    add_client("Shop")
    for given, said in (
        ({"name": "Shop"}, "There is a client named Shop already."),
        ({"name": "  "}, "name: This field cannot be blank."),
        ({"name": "A" * 101}, "name: Ensure this value has at most 100"),
        ({"name": "half \ud800"}, "A name has no characters"),
        ({"name": "turned \u202e"}, "A name has no characters"),
        ({"name": "A", "notes": "\0"}, "The notes have characters"),
        ({"name": "A", "public_keys": "ssh-ed25519 AAAA"}, "Public keys are in PEM"),
        ({"name": "A", "max_tokens": 0}, "max_tokens: Ensure this value is greater"),
    ):
        with pytest.raises(CannotDo) as failure:
            add_client(**given)  # type: ignore[arg-type]
        assert str(failure.value).startswith(said)
    clients.revoke_client(Client.objects.get())
    with pytest.raises(CannotDo, match="which is revoked"):
        add_client("Shop")
    assert Client.objects.count() == 1


def test_a_name_that_somebody_took_meanwhile_is_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = clients._check

    def look_and_be_late(client: Client) -> None:
        look(client)
        Client.objects.bulk_create([Client(name=client.name)])

    monkeypatch.setattr(clients, "_check", look_and_be_late)
    with pytest.raises(CannotDo, match="named Shop already"):
        add_client("Shop")
    assert (Client.objects.count(), ClientKey.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    "name", ["🦊" * 100, "<b>", "مرحبا", "O'Neill; --", "👩\u200d🚒"]
)
def test_a_name_is_any_text(name: str) -> None:
    assert add_client(name)[0].name == name


def test_public_keys_are_of_ed25519_in_pem() -> None:
    assert read_public_keys("") == []
    assert len(read_public_keys(f"\n{pem()}\r\n\n{pem()}")) == 2
    private = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for text, said in (
        (private.decode(), "private key"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "Only Ed25519"),
        (f"{pem()} and so on", "in PEM"),
        (pem().replace("MCow", "MCox"), "can be read"),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "can be read"),
        (pem() * (MOST + 1), f"at most {MOST}"),
        ("A" * 20_001, "more than"),
    ):
        with pytest.raises(NotPublicKeys, match=said) as failure:
            read_public_keys(text)
        assert text[27:60] not in str(failure.value)


def test_a_hostile_text_is_read_in_no_time() -> None:
    for text in ("-----BEGIN A-----" * 1_000, "-----BEGIN " + "A" * 19_000):
        with pytest.raises(NotPublicKeys):
            read_public_keys(text)


def test_states_of_one_and_of_many_are_the_same() -> None:
    now = timezone.now()
    add_client("active")
    add_client("expires later", expires_at=now + timedelta(days=1))
    expired = add_client("expired")[0]
    revoked = add_client("revoked")[0]
    by_token = add_client("has tokens", public_keys=pem())[0]
    without = add_client("no key")[0]
    Client.objects.filter(pk=expired.pk).update(expires_at=now)
    Client.objects.filter(pk=revoked.pk).update(expires_at=now)
    clients.revoke_client(revoked)
    for client in (by_token, without):
        clients.revoke_key(client.keys.get())
    expected = {
        State.ACTIVE: {"active", "expires later", "has tokens"},
        State.EXPIRED: {"expired"},
        State.REVOKED: {"revoked"},
        State.NO_KEY: {"no key"},
    }
    for state, names in expected.items():
        found = Client.objects.filter(in_state(state, now)).prefetch_related("keys")
        assert {client.name for client in found} == names
        assert {state_of(client, now) for client in found} == {state}


def test_the_database_tells_them_apart_by_case_too() -> None:
    add_client("shop")
    add_client("Shop")
    assert Client.objects.count() == 2, connection.vendor
