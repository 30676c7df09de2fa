"""`manage.py client`."""

import io
import json
import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.access.clients import add_client
from chat.access.keys import digest_of
from chat.management.arguments import amount, moment, number
from chat.models import Client, ClientKey
from chat.tests.access.spending import spend
from chat.tests.access.test_clients import pem

pytestmark = pytest.mark.django_db(transaction=True)

KEY = re.compile(r"zc_[A-Za-z0-9_-]{43}")


def run(*words: Any) -> str:
    out = io.StringIO()
    call_command("client", *map(str, words), stdout=out, no_color=True)
    return out.getvalue()


def test_add_shows_the_key_once_and_how_it_is_used() -> None:
    said = run("add", "Shop assistant")
    keys = set(KEY.findall(said))
    [key] = keys
    assert f"-H 'Authorization: Bearer {key}'" in said and "/api/chat" in said
    assert ClientKey.objects.get().digest == digest_of(key)
    assert key not in run("list")


def test_add_takes_every_limit(tmp_path: Path) -> None:
    file = tmp_path / "public.pem"
    file.write_text(pem())
    run(
        *("add", "Shop", "--notes", "by Anna", "--expires", "2199-01-31"),
        *("--model", "glm-4.6", "--model", "glm-4.5-air", "--max-tokens", 4096),
        *("--requests-per-minute", 60, "--open-at-once", 8),
        *("--budget-day", "2.50", "--budget-month", 40),
        *("--user-requests-per-minute", 6, "--user-open-at-once", 2),
        *("--user-budget-day", "0.5", "--user-budget-month", 5),
        *("--refuse-unpriced", "--public-keys", file),
    )
    client = Client.objects.get()
    assert client.expires_at == datetime(2199, 1, 31, tzinfo=UTC)
    assert client.allowed_models == "glm-4.6\nglm-4.5-air"
    assert (client.requests_per_minute, client.user_open_at_once) == (60, 2)
    assert client.user_budget_usd_per_day == Decimal("0.50")
    assert client.refuses_unpriced and "PUBLIC" in client.public_keys
    fields = [f.name for f in Client._meta.fields if f.null and f.name != "revoked_at"]
    assert None not in [getattr(client, name) for name in fields]


def test_json_is_for_scripts() -> None:
    made = json.loads(run("add", "Shop", "--json"))
    assert made["client"] == "Shop" and KEY.fullmatch(made["key"])
    further = json.loads(run("key", "Shop", "--json"))
    assert further["key"] != made["key"]
    [listed] = json.loads(run("list", "--json"))
    assert (listed["state"], len(listed["keys"])) == ("active", 2)
    assert json.loads(run("revoke", "Shop", "--json")) == {
        "client": "Shop",
        "changed": True,
    }


def test_a_key_is_changed_without_a_gap() -> None:
    [old] = set(KEY.findall(run("add", "Shop")))
    run("key", "Shop")
    with pytest.raises(CommandError, match="2 valid keys"):
        run("key", "Shop")
    with pytest.raises(CommandError, match="Several of its keys"):
        run("revoke", "Shop", "zc_")
    assert "is revoked" in run("revoke", "Shop", old[:10])
    assert ClientKey.objects.get(revoked_at=None).digest != digest_of(old)
    assert "was revoked already" in run("revoke", "Shop", old)
    assert "is revoked" in run("revoke", "Shop", "zc_")


def test_revoking_a_client_says_so_and_whether_it_was() -> None:
    run("add", "Shop")
    assert run("revoke", "Shop") == "Shop is revoked, with all of its keys.\n"
    assert run("revoke", "Shop") == "Shop was revoked already, with all of its keys.\n"
    assert "revoked" in run("list")
    assert Client.objects.count() == 1


def test_names_and_keys_that_are_not_known_are_sentences() -> None:
    [key] = set(KEY.findall(run("add", "Shop")))
    for words in (("key", "Nobody"), ("revoke", "Nobody")):
        with pytest.raises(CommandError, match="no client named Nobody") as failure:
            run(*words)
        assert failure.value.returncode == 1
    strange = f"{key[:-1]}{'A' if key[-1] != 'A' else 'B'}"
    with pytest.raises(CommandError) as failure:
        run("revoke", "Shop", strange)
    assert "None of its keys" in str(failure.value)
    assert strange not in str(failure.value)  # it may be somebody's
    with pytest.raises(CommandError, match="already"):
        run("add", "Shop")
    with pytest.raises(CommandError, match="No such file"):
        run("add", "Else", "--public-keys", "/nowhere")


def test_the_list_is_a_table() -> None:
    assert "There are no clients" in run("list")
    shop, _ = add_client("Shop")
    evil, _ = add_client("evil")
    Client.objects.filter(pk=evil.pk).update(name="\u202eevil\x1b[2J" + "🦊" * 60)
    spend(shop, timezone.now().date(), requests=12, usd="3.5")
    spend(shop, timezone.now().date().replace(day=1), "month", requests=99, usd="44")
    heading, *told = run("list").splitlines()
    row, other = sorted(told, key=lambda line: "evil" in line)
    assert heading.split() == [
        *("NAME", "STATE", "KEYS", "TODAY", "REQUESTS", "MONTH", "REQUESTS", "LAST"),
        "USED",
    ]
    for cell in ("Shop", "active", "$3.50", "12", "$44.00", "99", "never"):
        assert cell in row
    assert "\x1b" not in other and "\u202e" not in other and "…" in other


def test_words_of_a_command_line() -> None:
    assert (number("60"), amount("2.5")) == (60, Decimal("2.50"))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert moment(tomorrow.isoformat()) == tomorrow
    for read, words in (
        (number, ["0", "-1", "1.5", "x", "9999999999"]),
        (amount, ["-1", "0.001", "NaN", "Infinity", "x", "1e20", ""]),
        (moment, ["2020-01-01", "soon", "2199-13-01"]),
    ):
        for word in words:
            with pytest.raises(ArgumentTypeError):
                read(word)
