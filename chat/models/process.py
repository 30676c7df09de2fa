from django.db import models


class Process(models.Model):
    """A process of the service. Its lease says, by the database's clock, that it lives.

    Whoever finds a lease too old closes the requests that the process left open.
    """

    id = models.CharField(primary_key=True, max_length=40)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    renewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
