"""What was spent, added up as rows are closed, in their own transaction."""

from django.db import models


class Period(models.TextChoices):
    """How long a sum runs; both begin at midnight UTC."""

    DAY = "day"
    MONTH = "month"


class Scope(models.TextChoices):
    """Whose requests a sum has."""

    SERVICE = "service"  # everybody's
    OPEN = "open"  # of those without a key
    CLIENT = "client"
    USER = "user"  # of a client


class Spending(models.Model):
    """What requests of one scope cost in a period, by when they were asked.

    `charged_usd` is what budgets are charged: the cost where it is known, else an
    estimate, which `estimated_usd` has once more. `client_id` is 0 where there is none.
    """

    period = models.CharField(max_length=5, choices=Period)
    start = models.DateField()
    scope = models.CharField(max_length=7, choices=Scope)
    client_id = models.BigIntegerField(default=0)
    user_id = models.CharField(max_length=128, default="")
    requests = models.PositiveIntegerField()
    prompt_tokens = models.PositiveBigIntegerField()
    completion_tokens = models.PositiveBigIntegerField()
    charged_usd = models.DecimalField(max_digits=16, decimal_places=6)
    estimated_usd = models.DecimalField(max_digits=16, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["start", "period", "scope", "client_id", "user_id"],
                name="one_spending",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.start} {self.scope} {self.client_id}"


class RefusalTally(models.Model):
    """How many requests of a client were turned away on a day (UTC), and why.

    They have no row in the log. `client_id` is 0 of those whose client is not known.
    """

    day = models.DateField()
    client_id = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=30)
    requests = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "client_id", "reason"], name="one_refusal_tally"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.client_id} {self.reason}"
