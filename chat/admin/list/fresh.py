"""What has come since a page was drawn."""

from collections.abc import Mapping
from datetime import UTC, datetime

from chat.admin.list.narrowing import Requests

# More than so many are not counted.
MOST = 100


def count_since(requests: Requests, query: Mapping[str, str]) -> int:
    """Return how many of `requests` were asked after `since`, in seconds since 1970.

    Raises ValueError or OverflowError for what is no time.
    """
    since = datetime.fromtimestamp(float(query.get("since", "")), UTC)
    newer = requests.filter(created_at__gt=since)
    return len(newer.values_list("pk", flat=True)[:MOST])
