"""The page of a conversation: its turns, branches and callers, and what it cost."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from chat.admin.amounts import count, dollars, elapsed
from chat.admin.callers.caller import Caller, names_of
from chat.admin.conversations.turns import SLICE, Place, first_of, turns_from
from chat.admin.list import columns
from chat.admin.overview.tiles import Tile, about
from chat.admin.verdict import whose_of
from chat.admin.visible import visible
from chat.models import CallerKind, RequestLog

MOST_SHOWN = 100
COLUMNS = (
    *("id", "created_at", "question", "ending", "answer", "whose", "presumed"),
    *("model", "answered_model", "prompt_tokens", "completion_tokens", "cost_usd"),
    *("charged_usd", "is_estimated", "client_id", "user_id", "address"),
    *("reasoning_tokens", "first_sign_ms"),
    *("finish_reason", "error_code", "error_message"),
)


def page(row: RequestLog, start: int, sees_text: bool, sees_clients: bool) -> Any:
    """Everything that the template says of the conversation of `row`."""
    places = turns_from(first_of(row.pk))
    rows = _rows_of(places)
    found = [place for place in places if place.pk in rows]
    shown = found[start : start + MOST_SHOWN]
    numbers = {place.pk: number for number, place in enumerate(found, start=1)}
    ordered = [rows[place.pk] for place in found]
    return {
        "row": row,
        "name": visible(ordered[0].question) if sees_text and ordered else "",
        "first": ordered[0].created_at if ordered else None,
        "last": ordered[-1].created_at if ordered else None,
        "tiles": _tiles(ordered, found),
        "callers": _callers(ordered, sees_clients),
        "turns": [_turn(rows[one.pk], one, numbers, sees_text) for one in shown],
        "start": start,
        "earlier": max(start - MOST_SHOWN, 0) if start else None,
        "further": start + MOST_SHOWN if start + MOST_SHOWN < len(found) else None,
    }


def _rows_of(places: list[Place]) -> dict[str, RequestLog]:
    pks = [place.pk for place in places]
    found: dict[str, RequestLog] = {}
    for i in range(0, len(pks), SLICE):
        rows: QuerySet[RequestLog] = RequestLog.objects.only(*COLUMNS)
        found |= rows.in_bulk(pks[i : i + SLICE])
    return found


def _tiles(rows: list[RequestLog], places: list[Place]) -> list[Tile]:
    known = sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))
    guessed = sum((_guess(row) for row in rows), Decimal(0))
    prompt = sum(row.prompt_tokens or 0 for row in rows)
    completion = sum(row.completion_tokens or 0 for row in rows)
    failed = sum(1 for row in rows if whose_of(row))
    times = [row.created_at for row in rows]
    lasted = elapsed(max(times) - min(times)) if times else ""
    return [
        Tile("Turns", [(count(len(rows)), "")], f"over {lasted}"),
        Tile("Branches", [(count(_branches(places)), "")], "ways that it went"),
        Tile("Failures", [(count(failed), "")], f"of {count(len(rows))} requests"),
        Tile("Tokens", [(count(prompt), "in"), (count(completion), "out")], ""),
        Tile(
            "Cost",
            [(dollars(known), "")] + ([(about(guessed), "")] if guessed else []),
            "estimated where it is not known" if guessed else "",
        ),
    ]


def _branches(places: list[Place]) -> int:
    """Turns that nobody has gone on from."""
    followed = {place.after for place in places}
    return sum(1 for place in places if place.pk not in followed)


def _callers(rows: list[RequestLog], sees_clients: bool) -> list[dict[str, str]]:
    found: Counter[Caller] = Counter()
    for row in rows:
        client = row.client_id or 0
        if client and sees_clients:
            found[Caller(CallerKind.CLIENT, client, "")] += 1
        if row.user_id:
            found[Caller(CallerKind.USER, client, row.user_id)] += 1
        if row.address:
            found[Caller(CallerKind.ADDRESS, 0, row.address)] += 1
    names = names_of(list(found)) if sees_clients else {}
    return [
        {
            "kind": str(CallerKind(caller.kind).label),
            "name": caller.name(names),
            "page": caller.page,
            "turns": count(number),
        }
        for caller, number in found.most_common()
    ]


def _turn(
    row: RequestLog, place: Place, numbers: dict[str, int], sees_text: bool
) -> dict[str, Any]:
    after = numbers.get(place.after or "")
    is_branch = place.branch > 1 or (after is not None and after != numbers[row.pk] - 1)
    return {
        "number": numbers[row.pk],
        "pk": row.pk,
        "at": row.created_at,
        "question": visible(row.question) if sees_text else "",
        "badge": columns.badge(row),
        "model": columns.model(row),
        "tokens": columns.tokens(row),
        "cost": about(_guess(row)) if _guess(row) else dollars(row.cost_usd),
        "after": after if is_branch else None,
    }


def _guess(row: RequestLog) -> Decimal:
    return (row.charged_usd or Decimal(0)) if row.is_estimated else Decimal(0)
