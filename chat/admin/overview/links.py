"""Where the parts of the overview lead: to the rows that they are made of."""

from datetime import UTC, datetime

from django.urls import reverse
from django.utils.http import urlencode

# Of all that failed, whoever's fault it was.
FAILED = {"whose__isnull": "False"}


def rows(since: datetime, until: datetime, **filters: str | None) -> str:
    """The list of requests of these filters; None asks for what is not known."""
    return all_rows(period=interval(since, until), **filters)


def all_rows(**filters: str | None) -> str:
    """The same of any time."""
    query: dict[str, str] = {}
    for name, value in filters.items():
        if value is None:
            query[f"{name}__isnull"] = "True"
        else:
            query[name] = value
    url = reverse("admin:chat_requestlog_changelist")
    return f"{url}?{urlencode(query)}"


def overview(query: str) -> str:
    return f"{reverse('admin:index')}?{query}"


def interval(since: datetime, until: datetime) -> str:
    """As the list takes it, by ISO 8601."""
    return f"{_written(since)}/{_written(until)}"


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
