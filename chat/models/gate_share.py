from django.db import models


class GateShare(models.Model):
    """What a host has claimed of the slots of a lane, where hosts share a number.

    The one without a lane is the lease of the host: its `beats` move while it lives.
    """

    host = models.CharField(max_length=32)
    lane = models.CharField(max_length=16, blank=True)
    beats = models.PositiveBigIntegerField(default=0)
    claimed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "lane"], name="one_gate_share")
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.lane}"
