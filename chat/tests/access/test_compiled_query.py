"""What is asked every second is what Django would answer, and nothing is made anew of
what has not changed."""

from datetime import date
from decimal import Decimal

import pytest

from chat.access.directory import Directory
from chat.compiled_query import CompiledQuery
from chat.models import Client, ClientKey, Spending

pytestmark = pytest.mark.django_db


def test_rows_are_those_of_django() -> None:
    spent = Spending.objects.values_list("start", "client_id", "charged_usd")
    question = CompiledQuery(
        spent.filter(start__in=[date(2026, 11, 1), date(2026, 11, 2)])
    )
    assert question.ask() == []
    counts = dict.fromkeys(("requests", "prompt_tokens", "completion_tokens"), 1)
    for day, usd in ((1, "0.000001"), (2, "1234567.5"), (3, "1")):
        Spending.objects.create(
            period="day",
            start=date(2026, 11, day),
            scope="client",
            client_id=7,
            charged_usd=Decimal(usd),
            estimated_usd=0,
            **counts,
        )
    assert sorted(question.ask()) == list(spent.order_by("start")[:2])
    Spending.objects.all().delete()
    assert question.ask() == []


def test_what_has_not_changed_is_not_made_anew() -> None:
    directory = Directory()
    directory.load()
    assert directory.is_loaded and not directory.clients()
    client = Client.objects.create(name="One", budget_usd_per_day=Decimal("1.5"))
    key = ClientKey.objects.create(client=client, digest="d" * 64, beginning="zc_1")
    directory.load()
    (terms,) = directory.clients()
    assert terms.own.per_day == 1_500_000
    directory.load()
    assert directory.client(client.pk) is terms
    Client.objects.filter(pk=client.pk).update(budget_usd_per_day=Decimal("2"))
    directory.load()
    assert directory.clients()[0].own.per_day == 2_000_000
    key_id = key.pk
    assert directory.lets_in(client.pk, key_id)
    key.delete()
    directory.load()
    assert not directory.lets_in(client.pk, key_id)
    directory.clear()
    assert not directory.is_loaded
    directory.load()
    assert directory.is_loaded and len(directory.clients()) == 1
