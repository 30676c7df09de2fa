from django.db import models


class Process(models.Model):
    """A process of the service. Its lease says that it lives: `beats` moves.

    Whoever sees a lease that does not move closes the requests that the process left
    open. `renewed_at`, by the database's clock, is for people.
    """

    id = models.CharField(primary_key=True, max_length=40)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    # By default of the database too: versions that do not know it may run meanwhile.
    beats = models.PositiveBigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
