"""Whether a client may ask at all."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, TextChoices

from chat.models import Client, ClientKey


class State(TextChoices):
    ACTIVE = "active", "active"
    EXPIRED = "expired", "expired"
    REVOKED = "revoked", "revoked"
    NO_KEY = "no_key", "no key"


def state_of(client: Client, now: datetime) -> State:
    """Whoever lists clients prefetches their keys. A client that has public keys needs
    no key: its users have tokens."""
    if client.revoked_at:
        return State.REVOKED
    if client.expires_at and client.expires_at <= now:
        return State.EXPIRED
    has_key = any(key.revoked_at is None for key in client.keys.all())
    return State.ACTIVE if has_key or client.public_keys.strip() else State.NO_KEY


def in_state(state: State, now: datetime) -> Q:
    """The same as a condition on clients."""
    if state == State.REVOKED:
        return Q(revoked_at__isnull=False)
    is_expired = Q(expires_at__isnull=False, expires_at__lte=now)
    if state == State.EXPIRED:
        return Q(revoked_at=None) & is_expired
    valid = ClientKey.objects.filter(client=OuterRef("pk"), revoked_at=None)
    can_ask = Q(Exists(valid)) | ~Q(public_keys="")
    usable = Q(revoked_at=None) & ~is_expired
    return usable & (can_ask if state == State.ACTIVE else ~can_ask)
