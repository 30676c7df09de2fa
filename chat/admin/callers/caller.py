"""Somebody who asks: a client, one of its users, or an address."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from chat.admin.list import narrowing
from chat.admin.list.narrowing import Narrowing, Requests
from chat.admin.visible import visible
from chat.models import CallerKind, Client, RequestLog

WITHOUT = "none"  # of the list's filter
NO_CLIENT = "without a client"


class NoCaller(ValueError):
    pass


@dataclass(frozen=True)
class Caller:
    """`client_id` is 0 where there is none; `caller` is empty of a client."""

    kind: CallerKind
    client_id: int
    caller: str

    @classmethod
    def read(cls, kind: str, query: Mapping[str, str]) -> "Caller":
        """The caller of an address. Raises NoCaller."""
        client, caller = query.get("client", "0"), query.get("id", "")
        if kind not in CallerKind.values or not client.isdecimal() or len(client) > 18:
            raise NoCaller
        found = cls(CallerKind(kind), int(client), caller.replace("\0", ""))
        try:
            if found.kind == CallerKind.ADDRESS:
                validate_ipv46_address(found.caller)
        except ValidationError as error:
            raise NoCaller from error
        is_client = found.kind == CallerKind.CLIENT
        if is_client == bool(found.caller) or (is_client and not found.client_id):
            raise NoCaller
        return found

    @property
    def page(self) -> str:
        """Where they are looked at; of all without a client nowhere."""
        if not self.client_id and not self.caller:
            return ""
        query = {"client": str(self.client_id)} if self.client_id else {}
        if self.caller:
            query["id"] = self.caller
        return f"{reverse('caller', args=[self.kind])}?{urlencode(query)}"

    @property
    def filters(self) -> dict[str, str]:
        """Of the list, for their rows."""
        client = str(self.client_id or WITHOUT)
        if self.kind == CallerKind.ADDRESS:
            return {"address": self.caller}
        if self.kind == CallerKind.CLIENT:
            return {"client": client}
        return {"user_id": self.caller, "client": client}

    @property
    def condition(self) -> Q:
        """Of the sums."""
        return Q(kind=self.kind, client_id=self.client_id, caller=self.caller)

    def requests(self) -> Requests:
        """Their rows, newest first, by an index of their own."""
        rows = RequestLog.objects.order_by("-created_at", "-id")
        if self.kind == CallerKind.ADDRESS:
            return rows.filter(address=self.caller)
        if self.kind == CallerKind.CLIENT:
            return rows.filter(client_id=self.client_id)
        of_client = {"client_id": self.client_id}
        if not self.client_id:
            of_client = {"client_id__isnull": True}
        client = Narrowing("client_id", narrowing.NO_INDEX, of_client)
        return client.follow(rows.filter(user_id=self.caller))

    def name(self, clients: Mapping[int, str]) -> str:
        """In words; `clients` has names by id."""
        if self.kind != CallerKind.CLIENT:
            return visible(self.caller)
        if not self.client_id:
            return NO_CLIENT
        return visible(clients.get(self.client_id, f"client {self.client_id}"))

    def by(self, clients: Mapping[int, str]) -> str:
        """The client that a user came by."""
        if self.kind != CallerKind.USER or not self.client_id:
            return ""
        return visible(clients.get(self.client_id, f"client {self.client_id}"))


def names_of(callers: list[Caller]) -> dict[int, str]:
    """The names of the clients there are among them: one query."""
    ids = {caller.client_id for caller in callers} - {0}
    return dict(Client.objects.filter(pk__in=ids).values_list("pk", "name"))
