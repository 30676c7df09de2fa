from django.db import models


class LaneReport(models.Model):
    """How one process sees a lane of the gate: a key of Z.AI's and a model.

    `account` is 1 for ZAI_API_KEY, and so on for those of ZAI_API_KEYS. `highest` is
    what the operator allows, null: no limit. `open` and `waiting` are the process's
    own, `limit` is of all who share it. null is not known, or not shut. `reopen`: an
    operator wants it opened.
    """

    process = models.CharField(max_length=40)
    model = models.CharField(max_length=100)
    account = models.PositiveSmallIntegerField()
    seen_at = models.DateTimeField()
    limit = models.PositiveIntegerField()
    highest = models.PositiveIntegerField(null=True)
    open = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    hold_ms = models.PositiveIntegerField(null=True)
    shut_code = models.CharField(max_length=40, null=True)
    shut_message = models.CharField(max_length=500, null=True)
    shut_since = models.DateTimeField(null=True)
    shut_until = models.DateTimeField(null=True)
    reopen = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "model", "account"], name="one_lane_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.account} of {self.process}"
