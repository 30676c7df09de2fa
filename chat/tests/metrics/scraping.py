"""`/metrics` over HTTP, as Prometheus' own library reads it; and rows to compare."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from chat.models import RequestLog
from chat.tests.waiting import SECONDS

NAMES = ("dialect", "model", "ending", "answer", "whose")


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(
        f"{url}/metrics", headers=headers, timeout=SECONDS, trust_env=False
    )


def scrape(url: str, **headers: str) -> "Scraped":
    response = get(url, **headers)
    assert response.status_code == 200, response.text
    return Scraped(response.text)


class Scraped:
    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))

    def samples(self, name: str) -> Iterator[Sample]:
        for family in self.families:
            yield from (one for one in family.samples if one.name == name)

    def sum(self, name: str, **labels: str) -> float:
        """Of all samples called `name` that have these labels."""
        return sum(
            one.value
            for one in self.samples(name)
            if all(one.labels.get(k) == v for k, v in labels.items())
        )

    def value(self, name: str, **labels: str) -> float:
        """Of the only one."""
        (found,) = (one for one in self.samples(name) if one.labels == labels)
        return found.value

    @property
    def requests(self) -> Counter[tuple[str, ...]]:
        """How many ended, by dialect, model, ending, answer and whose."""
        found = self.samples("zai_chat_requests_total")
        return Counter(
            {tuple(one.labels[k] for k in NAMES): int(one.value) for one in found}
        )


def rows_as_counted() -> Counter[tuple[str, ...]]:
    """The rows of the log, by what the metrics tell of them."""
    closed = RequestLog.objects.exclude(ending=None)
    return Counter(_counted(row) for row in closed)


def _counted(row: Any) -> tuple[str, ...]:
    answer = row.answer or "unknown"
    return row.dialect, row.model or "none", row.ending, answer, row.whose or "none"
