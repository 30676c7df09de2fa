from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q

from chat.ending import FAILURES, PARTLY, Ending, Extent, Whose
from chat.models.client import Client

SLOW_MS = 30_000
COSTLY_USD = "0.05"


# Answers that somebody may look for; most are whole, and a tenth of a log has none.
NOT_WHOLE = [Extent.BROKEN_OFF, Extent.CUT_OFF, Extent.EMPTY, Extent.FILTERED]


def one_of(field: str, words: Iterable[str]) -> models.Func:
    """Return an expression that is 1 where `field` is one of `words`: by an index that
    begins with it they come in the order of time, all of them together.

    The words are no parameters: SQLite would not know the index's expression again.
    """
    quoted = ", ".join(f"'{word}'" for word in sorted(words))
    template = f"CASE WHEN %(expressions)s IN ({quoted}) THEN 1 END"
    return models.Func(F(field), template=template, output_field=models.IntegerField())


class EndingChoices(models.TextChoices):
    """The endings, in words for the admin."""

    COMPLETED = Ending.COMPLETED, "completed"
    FINISHED_ALONE = Ending.FINISHED_ALONE, "finished alone"
    CLIENT_DISCONNECTED = Ending.CLIENT_DISCONNECTED, "caller left"
    STOPPED = Ending.STOPPED, "stopped"
    REFUSED = Ending.REFUSED, "refused by us"
    UPSTREAM_REJECTED = Ending.UPSTREAM_REJECTED, "rejected by Z.AI"
    UPSTREAM_FAILED = Ending.UPSTREAM_FAILED, "Z.AI failed"
    UPSTREAM_TIMEOUT = Ending.UPSTREAM_TIMEOUT, "Z.AI too slow"
    INTERRUPTED = Ending.INTERRUPTED, "interrupted"
    FAILED = Ending.FAILED, "fault of ours"


class ExtentChoices(models.TextChoices):
    """What the caller has of an answer, in words for the admin."""

    WHOLE = Extent.WHOLE, "whole"
    CUT_OFF = Extent.CUT_OFF, "cut off"
    EMPTY = Extent.EMPTY, "without a word"
    FILTERED = Extent.FILTERED, "filtered"
    BROKEN_OFF = Extent.BROKEN_OFF, "broke off"
    NONE = Extent.NONE, "none"


class WhoseChoices(models.TextChoices):
    """Whose a failure is, in words for the admin."""

    CALLER = Whose.CALLER, "the caller’s request"
    ACCOUNT = Whose.ACCOUNT, "your account"
    ZAI = Whose.ZAI, "Z.AI"
    SERVICE = Whose.SERVICE, "this service"


class Admitted(models.TextChoices):
    """By what a request was let in, in words for the admin."""

    OPEN = "open", "nothing: the service is open"
    KEY = "key", "a key"
    TOKEN = "token", "a token of a user"
    PAGE = "page", "the page, as staff"
    DOCTOR = "doctor", "an order of the doctor's"


class RequestLog(models.Model):
    """A request and how it went. null means not known, or not measured.

    While the exchange is open `ending` is null. No text but the question's first words:
    the rest is in `RequestText`, so that lists never load it.
    """

    id = models.CharField("request id", primary_key=True, max_length=40)
    created_at = models.DateTimeField("asked at")
    dialect = models.CharField(max_length=20)
    path = models.CharField(max_length=100)
    address = models.GenericIPAddressField("caller's address", null=True)
    user_agent = models.CharField(max_length=200)
    user_id = models.CharField(max_length=128, null=True)
    question = models.CharField(max_length=200)
    # Not of a kind that the database checks: that would lock the table for as long as
    # all of its rows are read. Clients are not deleted.
    client = models.ForeignKey(
        Client,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="requests",
    )
    admitted_by = models.CharField(max_length=8, null=True, choices=Admitted)

    model = models.CharField(max_length=100, null=True)
    answered_model = models.CharField(max_length=100, null=True)
    parameters = models.JSONField(default=dict)
    streamed = models.BooleanField(null=True)

    status = models.PositiveSmallIntegerField("HTTP status", null=True)
    # What a failure is as status, even where it came too late or was not told. Not of
    # a positive kind: to check that of a column that is added, all rows are read.
    error_status = models.SmallIntegerField(null=True)
    ending = models.CharField(max_length=20, null=True, choices=EndingChoices)
    answer = models.CharField(max_length=12, null=True, choices=ExtentChoices)
    whose = models.CharField(max_length=12, null=True, choices=WhoseChoices)
    finish_reason = models.CharField(max_length=40, null=True)
    error_code = models.CharField(max_length=40, null=True)
    error_message = models.CharField(max_length=500, null=True)
    upstream_id = models.CharField("Z.AI's id", max_length=80, null=True)
    tries = models.PositiveSmallIntegerField(null=True)
    # Each try's times, as JSON, and how long it was in the gate's queue; text and plain
    # numbers for the same reason.
    attempts = models.TextField(null=True)
    waited_ms = models.IntegerField("in the queue", null=True)

    first_event_ms = models.PositiveIntegerField("time to first event", null=True)
    # Of the answer. Where `first_sign_ms` is null an older version noted the first of
    # anything, be it a thought: see `firsts`.
    first_word_ms = models.PositiveIntegerField("time to first word", null=True)
    first_sign_ms = models.IntegerField("time to first sign of life", null=True)
    duration_ms = models.PositiveIntegerField("duration", null=True)
    events = models.PositiveIntegerField(null=True)

    prompt_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    reasoning_tokens = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField("cost", max_digits=12, decimal_places=6, null=True)
    # What budgets are charged: the cost, or an estimate where it is not known. Until
    # then the most that it may cost is set aside; what it asks is about so long.
    charged_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    is_estimated = models.BooleanField(null=True)
    reserved_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    prompt_estimate = models.IntegerField("prompt, about", null=True)

    # Of tools, by commas; empty where none had to be repaired.
    repaired_names = models.CharField(max_length=500, null=True)

    process = models.CharField("on process", max_length=40)
    # Closed by a process that cannot read the files of the one it was open in.
    presumed = models.BooleanField(null=True)
    # Where it stands in line for Z.AI while it is open, from 1.
    place = models.IntegerField("in line", null=True)
    stop_requested = models.BooleanField(default=False)

    class Meta:
        verbose_name = "request"
        ordering = ["-created_at", "-id"]
        permissions = [("stop_requestlog", "Can stop request")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="log_created"),
            models.Index(fields=["ending", "-created_at"], name="log_ending"),
            models.Index(fields=["model", "-created_at"], name="log_model"),
            models.Index(fields=["status", "-created_at"], name="log_status"),
            models.Index(fields=["address", "-created_at"], name="log_address"),
            models.Index(fields=["user_id", "-created_at"], name="log_user"),
            models.Index(
                fields=["upstream_id"],
                name="log_upstream_id",
                opclasses=["varchar_pattern_ops"],
            ),
            models.Index(
                fields=["client", "-created_at"],
                name="log_client",
                condition=Q(client__isnull=False),
            ),
            models.Index(
                fields=["process"], name="log_open", condition=Q(ending__isnull=True)
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="log_slow",
                condition=Q(duration_ms__gte=SLOW_MS),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="log_costly",
                condition=Q(cost_usd__gte=COSTLY_USD),
            ),
            models.Index(
                fields=["answer", "-created_at"],
                name="log_answer",
                condition=Q(answer__lt=Extent.NONE),  # NOT_WHOLE, by the alphabet
            ),
            models.Index(
                one_of("answer", PARTLY),
                F("created_at").desc(),
                name="log_partly",
                condition=Q(answer__lt=Extent.NONE),
            ),
            models.Index(
                one_of("ending", FAILURES),
                F("created_at").desc(),
                name="log_failing",
                condition=Q(ending__gt=Ending.COMPLETED),  # and few others
            ),
            models.Index(
                fields=["whose", "-created_at"],
                name="log_whose",
                condition=Q(whose__isnull=False),
            ),
            models.Index(
                fields=["error_code", "-created_at"],
                name="log_code",
                condition=Q(error_code__isnull=False),
            ),
            # 4 or 5: a range of statuses would not come in the order of time.
            models.Index(
                F("status") / 100,
                F("created_at").desc(),
                name="log_failures",
                condition=Q(status__gte=400),
            ),
        ]

    def __str__(self) -> str:
        return self.id
