"""Sums by who asked, so that nobody has to read the rows to say who costs what."""

from django.db import models


class CallerSpan(models.IntegerChoices):
    """How long a sum runs, in seconds; days are those of UTC."""

    HOUR = 3600
    DAY = 86_400


class CallerKind(models.TextChoices):
    CLIENT = "client"
    USER = "user", "user_id"
    ADDRESS = "address"


class CallerTally(models.Model):
    """Requests of one caller that one model answered, their tokens and what they cost.

    A client has its `client_id` and no `caller`, 0 being all without one; a user the
    client it came by, or 0, and its id; an address itself. Each request counts into all
    that it has. A user or an address that is empty is all those of whom nothing is kept
    apart any more: see `requestlog/callers`.
    `failures` have somebody whose they are; a stop is none.
    """

    span = models.PositiveIntegerField(choices=CallerSpan)
    kind = models.CharField(max_length=7, choices=CallerKind)
    at = models.DateTimeField()
    client_id = models.BigIntegerField()
    caller = models.CharField(max_length=128)
    model = models.CharField(max_length=100)
    requests = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    prompt_tokens = models.PositiveBigIntegerField()
    completion_tokens = models.PositiveBigIntegerField()
    cost_usd = models.DecimalField(max_digits=16, decimal_places=6)
    estimated_usd = models.DecimalField(max_digits=16, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "kind", "at", "client_id", "caller", "model"],
                name="one_caller_tally",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.kind} {self.client_id} {self.caller}"
