"""Who may ask, by a key of their own, and how much."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

LONGEST_NAME = 100
LONGEST_BEGINNING = 12


def _limit(words: str, further: str = "") -> "models.PositiveIntegerField[Any, Any]":
    return models.PositiveIntegerField(
        words,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=f"{further} Empty: no such limit.".strip(),
    )


def _budget(words: str) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(
        words,
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars; new at midnight UTC. Empty: no such budget.",
    )


class Client(models.Model):
    """A site, a team, a script: whoever has keys. null: not limited.

    It is revoked and not deleted, so that its requests keep it. `allowed_models` has
    one name a line, and `public_keys` Ed25519 keys in PEM, by which the tokens of its
    users are checked.
    """

    name = models.CharField(max_length=LONGEST_NAME, unique=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="UTC. Empty: its keys do not expire."
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    allowed_models = models.TextField(
        "models it may use", blank=True, help_text="One a line. Empty: every model."
    )
    max_tokens = _limit("most tokens of an answer", "Of one request.")

    requests_per_minute = _limit("requests a minute")
    open_at_once = _limit("requests open at once")
    budget_usd_per_day = _budget("budget a day")
    budget_usd_per_month = _budget("budget a month")

    # By default of the database too: versions that do not know it may run meanwhile.
    weight = models.PositiveSmallIntegerField(
        "turns in the queue",
        default=1,
        db_default=1,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Where requests wait for Z.AI: so many for one of another client.",
    )

    user_requests_per_minute = _limit("requests a minute", "Of each of its users.")
    user_open_at_once = _limit("requests open at once", "Of each of its users.")
    user_budget_usd_per_day = _budget("budget a day")
    user_budget_usd_per_month = _budget("budget a month")

    refuses_unpriced = models.BooleanField(
        "refuse models without a known price",
        default=False,
        help_text="Otherwise they are charged at the dearest price that is known.",
    )
    public_keys = models.TextField(
        "public keys for tokens of its users",
        blank=True,
        help_text="Ed25519 in PEM, one below the other.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ClientKey(models.Model):
    """A key of a client; the key itself is nowhere.

    `digest` is the SHA-256 of its 256 random bits as they are written, in hex: a slow
    hash guards what can be guessed. `beginning` tells people which one it is.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=LONGEST_BEGINNING)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.beginning}…"
