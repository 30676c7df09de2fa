"""The log's rows, as soon as they are closed."""

from typing import Any

from chat.models import RequestLog
from chat.tests.serving import Service
from chat.tests.waiting import eventually


def closed(identity: str) -> RequestLog:
    """The row of a request, as soon as it is closed."""
    rows = RequestLog.objects.filter(pk=identity).exclude(ending=None)
    eventually(rows.exists)
    return rows.get()


def only_row() -> RequestLog:
    """The one row there is, as soon as it is closed."""
    rows = RequestLog.objects.exclude(ending=None)
    eventually(rows.exists)
    return rows.get()


def all_closed(count: int) -> list[RequestLog]:
    """All rows, as soon as there are `count` of them and none is open."""
    eventually(lambda: RequestLog.objects.exclude(ending=None).count() >= count, 60)
    assert not RequestLog.objects.filter(ending=None).exists()
    return list(RequestLog.objects.order_by("created_at"))


def id_of(response: Any) -> str:
    identity: str = response.headers["x-request-id"]
    return identity


def posted(service: Service, text: str = "Hello", **body: Any) -> RequestLog:
    """The closed row of a request made now."""
    return closed(id_of(service.post(text, **body)))
