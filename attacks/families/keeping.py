"""Words that are kept although nobody gave leave."""

import json
from typing import Any

from attacks.attack import attack
from attacks.field import Field
from attacks.places import (
    DOORS,
    RESPONSES,
    asking,
    bodies_with,
    items_with,
    new_marker,
)


@attack(9, everywhere=True)
async def kept_without_leave(field: Field) -> str:
    """With `store: false` no word is in the database, the spool or the log."""
    return await _say_nothing_kept(field, store=False)


@attack(9, everywhere=True, settings={"CHAT_STORE_TEXT": "false"})
async def kept_where_none_is(field: Field) -> str:
    """With CHAT_STORE_TEXT=false neither, of no request."""
    return await _say_nothing_kept(field)


async def _say_nothing_kept(field: Field, **fields: Any) -> str:
    marker = new_marker()
    told = {**fields, "stream": False}
    bodies = [{**body, **told} for _, body in bodies_with(marker, "user_id")]
    bodies.append({**asking(messages=[_says(marker)]), **told})
    bodies.append({**asking(messages=[_says(f"zai:quoted_error={marker}")]), **told})
    bodies.append({**asking(messages=[_says(f"zai:quoted={marker}")]), **told})
    asked = [(door, body) for body in bodies for door in DOORS]
    asked += [(RESPONSES, {**body, **told}) for _, body in items_with(marker)]
    ids = []
    for door, body in asked:
        ids.append((await field.post(json.dumps(body).encode(), door)).id)
    await field.closed_row(ids[-1])
    where = [
        *(["the database"] if field.database.holds(marker.encode()) else []),
        *(["the log"] if marker in field.output else []),
        *(["the spool"] if _in_spool(field, marker.encode()) else []),
    ]
    field.check(not where, f"the marker is in {' and '.join(where)}")
    for line in [line for line in field.output.splitlines() if marker in line][:1]:
        field.check(False, f"said: {line[:200]}")
    return f"{len(ids)} requests"


def _says(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _in_spool(field: Field, marker: bytes) -> bool:
    files = field.service.spool.rglob("*") if field.service.spool.exists() else []
    return any(file.is_file() and marker in file.read_bytes() for file in files)
