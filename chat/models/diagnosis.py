from django.db import models


class Diagnosis(models.Model):
    """A use of `manage.py doctor`, known to all processes; deleted after an hour."""

    nonce = models.CharField(primary_key=True, max_length=32)
    began_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=20, default="")

    def __str__(self) -> str:
        return self.nonce
