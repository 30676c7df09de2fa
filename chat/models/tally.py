"""Sums kept as rows are closed, so that an overview never reads the rows themselves."""

from django.db import models


class Span(models.IntegerChoices):
    """How long a sum runs, in seconds. Minutes are kept two days, hours for good."""

    MINUTE = 60
    HOUR = 3600


class EndingTally(models.Model):
    """Requests of one model that ended in one way, their tokens and what they cost.

    Sums run over what is known; `priced` says how many of the requests have a cost.
    """

    span = models.PositiveSmallIntegerField(choices=Span)
    at = models.DateTimeField()
    model = models.CharField(max_length=100)
    ending = models.CharField(max_length=20)
    requests = models.PositiveIntegerField()
    prompt_tokens = models.PositiveBigIntegerField()
    cached_tokens = models.PositiveBigIntegerField()
    completion_tokens = models.PositiveBigIntegerField()
    reasoning_tokens = models.PositiveBigIntegerField()
    cost_usd = models.DecimalField(max_digits=16, decimal_places=6)
    priced = models.PositiveIntegerField()
    # Beside `cost_usd`, of what has no known cost. null where an older version counted.
    estimated_usd = models.DecimalField(max_digits=16, decimal_places=6, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "at", "model", "ending"], name="one_ending_tally"
            )
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.model} {self.ending}"


class ReasonTally(models.Model):
    """Requests that were not simply well, and why: nothing is counted here of those
    that were completed with a whole answer. Empty is what is not known.

    `first_at` and `last_at` are when the first and the last of them was asked.
    """

    span = models.PositiveSmallIntegerField(choices=Span)
    at = models.DateTimeField()
    ending = models.CharField(max_length=20)
    answer = models.CharField(max_length=12)
    whose = models.CharField(max_length=12)
    code = models.CharField(max_length=40)
    requests = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "at", "ending", "answer", "whose", "code"],
                name="one_reason_tally",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.ending} {self.answer} {self.whose} {self.code}"


class TimingTally(models.Model):
    """How many requests fell into one bucket of a histogram.

    `bucket` n holds times from 1.1**n to 1.1**(n+1) ms: a percentile read from it is at
    most 10 % off.
    """

    class Measure(models.TextChoices):
        # Once all that was measured was the first of anything, under the name of a
        # word: what was counted so stays true.
        FIRST_SIGN = "first_word", "first sign of life"
        FIRST_WORD = "answer_word", "first word"
        DURATION = "duration"

    span = models.PositiveSmallIntegerField(choices=Span)
    at = models.DateTimeField()
    measure = models.CharField(max_length=12, choices=Measure)
    bucket = models.SmallIntegerField()
    requests = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "at", "measure", "bucket"], name="one_timing_tally"
            )
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.measure} {self.bucket}"
