"""What a client may: as this process knows it, without asking the database."""

import time
from decimal import Decimal
from typing import Any

from msgspec import Struct

from chat.models import Client

MILLION = 1_000_000


class Limits(Struct, frozen=True):
    """Of a client, or of each of its users. Budgets are in millionths of a US dollar;
    None is no such limit."""

    requests_per_minute: int | None = None
    open_at_once: int | None = None
    per_day: int | None = None
    per_month: int | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """`models` in small letters; None is every model. `expires_at` is a Unix time.

    Where callers wait for Z.AI, a client of `weight` 2 has two turns for one of others.
    """

    client_id: int
    name: str
    is_revoked: bool = False
    expires_at: float | None = None
    models: frozenset[str] | None = None
    max_tokens: int | None = None
    own: Limits = Limits()
    each_user: Limits = Limits()
    refuses_unpriced: bool = False
    weight: float = 1.0
    public_keys: str = ""

    @property
    def problem(self) -> str | None:
        """Why nobody may ask by them, in one word; None if somebody may."""
        if self.is_revoked:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= time.time():
            return "expired"
        return None


def terms_of(client: Client) -> Terms:
    """Return the terms of `client`."""
    names = frozenset(client.allowed_models.lower().split())
    return Terms(
        client_id=client.pk,
        name=client.name,
        is_revoked=client.revoked_at is not None,
        expires_at=client.expires_at.timestamp() if client.expires_at else None,
        models=names or None,
        max_tokens=client.max_tokens,
        own=_limits(client, ""),
        each_user=_limits(client, "user_"),
        refuses_unpriced=client.refuses_unpriced,
        weight=client.weight,
        public_keys=client.public_keys,
    )


def _limits(client: Client, prefix: str) -> Limits:
    def value(name: str) -> Any:
        return getattr(client, prefix + name)

    return Limits(
        requests_per_minute=value("requests_per_minute"),
        open_at_once=value("open_at_once"),
        per_day=millionths(value("budget_usd_per_day")),
        per_month=millionths(value("budget_usd_per_month")),
    )


def millionths(dollars: Decimal | float | None) -> int | None:
    """Return US dollars as millionths of one."""
    if dollars is None:
        return None
    # A float as it was written: 0.26, and not the binary fraction next to it.
    exact = dollars if isinstance(dollars, Decimal) else Decimal(str(dollars))
    return round(exact * MILLION)
