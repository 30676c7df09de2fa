"""`manage.py client`: who may ask, by a key of their own."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chat.access import clients
from chat.access.clients import CannotDo
from chat.access.keys import digest_of
from chat.keys import CLIENT_KEY_IN_TEXT
from chat.management import client_table
from chat.management.arguments import amount, moment, number
from chat.models import Client, ClientKey

KEY_HELP = (
    "The key is shown once, here, and stored nowhere: who loses it makes another."
    " A client has at most two that are valid, so that one can be changed without a"
    " gap: make the second, give it to whoever asks, revoke the first."
)


class Command(BaseCommand):
    help = (
        "Makes clients (sites, teams, scripts) with keys of their own, lists and"
        " revokes them. With CHAT_ACCESS=keys nobody else may ask. Exit status: 0 it"
        " was done, 1 it was not, 2 the words were wrong."
    )

    # They are about the service.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        add = what.add_parser(
            "add", help="make a client and its key", description=KEY_HELP
        )
        add.add_argument("name", metavar="NAME", help="by which people know it")
        _add_limits(add)
        key = what.add_parser(
            "key", help="make a further key of a client", description=KEY_HELP
        )
        key.add_argument("name", metavar="NAME")
        revoke = what.add_parser(
            "revoke", help="take a key back, or a client with all of its keys",
            description="Takes back a key, or a client with all of its keys, within 2"
            " seconds on every process; what is open is ended. Nothing is deleted:"
            " requests keep their client.",
        )  # fmt: skip
        revoke.add_argument("name", metavar="NAME")
        revoke.add_argument(
            "prefix", metavar="PREFIX", nargs="?", default="",
            help="the beginning of the one key to revoke: zc_… (all, and the client)",
        )  # fmt: skip
        shown = what.add_parser(
            "list", help="list clients, with what they spent today and this month"
        )
        for one in (add, key, revoke, shown):
            one.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            getattr(self, f"_{given['what']}")(given)
        except CannotDo as error:
            raise CommandError(str(error)) from None

    def _add(self, given: dict[str, Any]) -> None:
        fields = {name: given[name] for name in _FIELDS}
        fields["allowed_models"] = "\n".join(given["allowed_models"] or [])
        fields["public_keys"] = _text_of(given["public_keys"])
        client, key = clients.add_client(given["name"], **fields)
        self._show_key(client, key, given["json"], f"Client {client} is made.")

    def _key(self, given: dict[str, Any]) -> None:
        client = _find(given["name"])
        key = clients.make_key(client)
        self._show_key(client, key, given["json"], f"{client} has a further key.")

    def _revoke(self, given: dict[str, Any]) -> None:
        client = _find(given["name"])
        if not (prefix := given["prefix"]):
            done = clients.revoke_client(client)
            said = f"{client} is revoked, with all of its keys."
        else:
            key = _key_of(client, prefix)
            done = clients.revoke_key(key)
            said = f"The key {key} of {client} is revoked."
        if not done:
            said = said.replace("is revoked", "was revoked already")
        self._say({"client": client.name, "changed": done}, given["json"], said)

    def _list(self, given: dict[str, Any]) -> None:
        found = client_table.listed(timezone.now())
        if given["json"]:
            self.stdout.write(json.dumps([one.as_dict() for one in found], indent=2))
        elif not found:
            self.stdout.write("There are no clients: manage.py client add NAME")
        else:
            self.stdout.write(client_table.table(found))

    def _show_key(self, client: Client, key: str, as_json: bool, said: str) -> None:
        self._say(
            {"id": client.pk, "client": client.name, "key": key},
            as_json,
            f"{said} This is its key, shown once and stored nowhere:\n\n  {key}\n\n"
            "It goes into one header, as in\n\n"
            f"  curl -N http://127.0.0.1:{settings.PORT}/api/chat \\\n"
            f"    -H 'Authorization: Bearer {key}' \\\n"
            "    -H 'Content-Type: application/json' \\\n"
            """    -d '{"messages": [{"role": "user", "content": "Hello"}]}'""",
        )

    def _say(self, told: dict[str, Any], as_json: bool, said: str) -> None:
        self.stdout.write(json.dumps(told) if as_json else said)


def _add_limits(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--notes", default="", metavar="TEXT", help="for people")
    add(
        "--expires", dest="expires_at", type=moment, metavar="WHEN",
        help="2027-01-31, or 2027-01-31T18:00 (UTC)",
    )  # fmt: skip
    add(
        "--model", dest="allowed_models", action="append", metavar="MODEL",
        help="one that it may use; can be given again (every model)",
    )  # fmt: skip
    add(
        "--weight", type=number, default=1, metavar="N",
        help="turns where requests wait for Z.AI, for one of others (1, at most 100)",
    )  # fmt: skip
    add("--max-tokens", type=number, metavar="N", help="the most of one answer")
    for who, of in (("", "of the client"), ("user-", "of each of its users")):
        name = who.replace("-", "_")
        add(
            f"--{who}requests-per-minute", type=number, metavar="N",
            help=f"requests a minute {of}",
        )  # fmt: skip
        add(
            f"--{who}open-at-once", type=number, metavar="N",
            help=f"requests open at once {of}",
        )  # fmt: skip
        for period in ("day", "month"):
            add(
                f"--{who}budget-{period}", dest=f"{name}budget_usd_per_{period}",
                type=amount, metavar="USD", help=f"US dollars a {period} {of}",
            )  # fmt: skip
    add(
        "--refuse-unpriced", dest="refuses_unpriced", action="store_true",
        help="refuse models without a known price",
    )  # fmt: skip
    add(
        "--public-keys", default="", metavar="FILE",
        help="Ed25519 in PEM: checks the tokens of its users",
    )  # fmt: skip


_FIELDS = [
    *("notes", "expires_at", "max_tokens", "refuses_unpriced", "weight"),
    *("requests_per_minute", "open_at_once"),
    *("budget_usd_per_day", "budget_usd_per_month"),
    *("user_requests_per_minute", "user_open_at_once"),
    *("user_budget_usd_per_day", "user_budget_usd_per_month"),
]


def _find(name: str) -> Client:
    client = Client.objects.filter(name=name).first()
    if client is None:
        raise CommandError(
            f"There is no client named {name}; manage.py client list names them all."
        )
    return client


def _key_of(client: Client, prefix: str) -> ClientKey:
    """The key that begins so, or is that; what was given may be a key, and is not
    said again."""
    all_of_them = list(client.keys.all())
    if CLIENT_KEY_IN_TEXT.fullmatch(prefix):
        digest = digest_of(prefix)
        found = [key for key in all_of_them if key.digest == digest]
    else:
        found = [key for key in all_of_them if key.beginning.startswith(prefix)]
    valid = [key for key in found if key.revoked_at is None]
    if len(valid or found) == 1:
        return (valid or found)[0]
    how = "None of its keys begins" if not found else "Several of its keys begin"
    named = ", ".join(map(str, all_of_them)) or "none"
    raise CommandError(f"{how} like this. The keys of {client}: {named}.")


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--public-keys {file}: {error}") from error
