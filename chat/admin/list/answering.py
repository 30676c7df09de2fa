"""The models that have answered, for the filter of the list."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from chat.models import EndingTally, Span

MOST = 40
LATELY = timedelta(days=30)


def answering() -> list[str]:
    """Return the models that answered most in the last month, the commonest first.

    From the sums of each hour, not from the log: anyone may ask for a model of any
    name, as often as they like.
    """
    tallies = EndingTally.objects.filter(
        span=Span.HOUR, at__gte=timezone.now() - LATELY
    ).exclude(model="")
    counted = tallies.values("model").annotate(asked=Sum("requests"))
    found = counted.order_by("-asked", "model").values_list("model", flat=True)
    return list(found[:MOST])
