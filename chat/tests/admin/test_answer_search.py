"""Words of answers are looked for where the operator wants it."""

from typing import Any

import httpx
import pytest
from django.db import connection

from chat.requestlog import answer_words
from chat.tests import rows
from chat.tests.admin.test_list import LIST, shown


@pytest.fixture
def told(transactional_db: None, settings: Any) -> str:
    """The id of a request whose answer has words."""
    settings.ADMIN_SEARCH_ANSWERS = True
    answer_words.clear()
    request = rows.row(question="About heating")
    rows.row(question="A pump")
    with connection.cursor() as cursor:
        words = [(request.pk, request.created_at, "A heat pump moves warmth.")]
        answer_words.insert(cursor, words)
    return request.pk


def test_an_answer_is_found_by_its_words(operator: httpx.Client, told: str) -> None:
    assert shown(operator, q="pump warmth") == []
    page = operator.get(LIST, params={"q": "pump warmth"}).text
    assert "?in=answers&amp;q=pump+warmth" in page
    assert shown(operator, q="pump warmth", **{"in": "answers"}) == [told]
    assert shown(operator, q='"warmth pump"', **{"in": "answers"}) == []
    query = {"q": "warmth", "in": "answers", "ending": "failed"}
    assert shown(operator, **query) == []
    page = operator.get(LIST, params=query).text
    assert "was found as words of answers" in page
    filters = page.partition('class="filters"')[2].partition("</nav>")[0]
    assert "in=answers" in filters


def test_unless_it_is_switched_on_nobody_is_led_there(
    operator: httpx.Client, told: str, settings: Any
) -> None:
    settings.ADMIN_SEARCH_ANSWERS = False
    assert "in=answers" not in operator.get(LIST, params={"q": "pump"}).text
    assert len(shown(operator, q="pump", **{"in": "answers"})) == 1
