import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from chat.admin.list.answering import MOST, answering
from chat.models import EndingTally, Span
from chat.tests import rows

pytestmark = pytest.mark.django_db

SUMS = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")


def tally(model: str, requests: int, days: int = 0, **fields: Any) -> None:
    """The sum of an hour, as the log keeps it."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    zero = dict.fromkeys([*SUMS, "cost_usd", "priced"], 0)
    known = {"span": Span.HOUR, "ending": "completed", **zero, **fields}
    EndingTally.objects.create(
        at=hour - timedelta(days=days), model=model, requests=requests, **known
    )


def test_the_commonest_comes_first() -> None:
    tally("glm-4.5", 3)
    tally("glm-4.6", 2)
    tally("glm-4.6", 4, days=1, ending="client_disconnected")
    tally("glm-4.5", 30, span=Span.MINUTE)
    tally("", 500)  # nobody answered
    tally("glm-4", 900, days=40)
    assert answering() == ["glm-4.6", "glm-4.5"]


def test_no_more_are_offered_than_one_reads() -> None:
    for number in range(MOST + 5):
        tally(f"glm-{number}", number + 1)
    assert answering()[0] == f"glm-{MOST + 4}" and len(answering()) == MOST


def test_names_that_nobody_answers_to_are_not_offered(operator: httpx.Client) -> None:
    tally("glm-4.6", 1)
    for number in range(100):
        rows.row(model=f"a-junk-{number}", answered_model=None, ending="refused")
    page = operator.get("/admin/chat/requestlog/?ending=completed").text
    offered = re.findall(r'href="\?[^"]*\bmodel=([^&"]*)', page)
    assert offered == ["glm-4.6"]


def test_what_is_chosen_is_offered_whatever_it_is(operator: httpx.Client) -> None:
    page = operator.get("/admin/chat/requestlog/?model=of+my+own").text
    assert "<b>of my own</b>" in page
