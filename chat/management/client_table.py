"""Clients as `manage.py client list` tells of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chat.access import figures
from chat.access.figures import Lately
from chat.access.states import State, state_of
from chat.models import Client

HEADINGS = [
    *("NAME", "STATE", "KEYS", "TODAY", "REQUESTS", "MONTH", "REQUESTS", "LAST USED"),
]
TO_THE_RIGHT = {3, 4, 5, 6}
LONGEST_NAME = 40


@dataclass(frozen=True)
class Listed:
    client: Client
    state: State
    keys: list[str]
    spent: Lately
    last_used: datetime | None

    def cells(self) -> list[str]:
        today, month, last = self.spent.today, self.spent.month, self.last_used
        return [
            _printable(self.client.name),
            self.state.label,
            " ".join(self.keys) or "-",
            f"${today.charged_usd:.2f}",
            f"{today.requests:,}",
            f"${month.charged_usd:.2f}",
            f"{month.requests:,}",
            f"{last.astimezone(UTC):%Y-%m-%d %H:%M}" if last else "never",
        ]

    def as_dict(self) -> dict[str, Any]:
        today, month, last = self.spent.today, self.spent.month, self.last_used
        return {
            "id": self.client.pk,
            "name": self.client.name,
            "state": self.state.value,
            "keys": self.keys,
            "today": _figures(today),
            "month": _figures(month),
            "last_used_at": last and last.astimezone(UTC).isoformat(),
        }


def listed(now: datetime) -> list[Listed]:
    """Every client, by name; two queries and one for each, of its newest request."""
    clients = list(Client.objects.prefetch_related("keys"))
    sums = figures.of_clients([client.pk for client in clients], now.date())
    return [
        Listed(
            client,
            state_of(client, now),
            [str(key) for key in client.keys.all() if key.revoked_at is None],
            sums[client.pk],
            figures.last_used(client),
        )
        for client in clients
    ]


def table(found: list[Listed]) -> str:
    """In columns; costs are in US dollars, times in UTC."""
    lines = [HEADINGS, *(one.cells() for one in found)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(cells, widths) for cells in lines)


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell.rjust(width) if i in TO_THE_RIGHT else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _printable(name: str) -> str:
    """Nothing that a terminal would obey."""
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def _figures(sums: figures.Spent) -> dict[str, Any]:
    return {
        "requests": sums.requests,
        "charged_usd": float(sums.charged_usd),
        "estimated_usd": float(sums.estimated_usd),
    }
