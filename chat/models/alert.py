from django.db import models
from django.db.models import Q

LONGEST_SAID = 500


class Alert(models.Model):
    """Something that was wrong, and what is told of it: that it began, that it is over.

    Of one `key` only one is not over, so that however many processes find it, it begins
    once. Who moves `next_try_at` on has the next try to himself.
    """

    key = models.CharField(max_length=200)
    condition = models.CharField(max_length=40)
    title = models.CharField(max_length=100)
    said = models.CharField(max_length=LONGEST_SAID)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    begin_told_at = models.DateTimeField(null=True)
    end_told_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=200, default="")
    given_up = models.BooleanField(default=False)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(ended_at__isnull=True),
                name="one_alert_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["ended_at"], name="alert_ended")]

    def __str__(self) -> str:
        return self.title
