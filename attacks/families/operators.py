"""What operators do leaves a trace."""

import asyncio

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.visitor import TOKEN, Visitor, operator

LIST = "/admin/chat/requestlog/"


@attack(13, everywhere=True)
async def traces_of_operators(field: Field) -> str:
    """Exporting, stopping and deleting stand in the admin's own log."""
    identity = (await field.ask(user_id="person-to-forget")).id
    await field.closed_row(identity)
    visitor = await operator(field)
    counts = [_entries(field)]
    for kind in ("csv", "jsonl"):
        answer = await visitor.get(f"{LIST}export/{kind}/")
        field.check(answer.status in (200, 404), f"export of {kind}: {answer.status}")
    counts.append(_entries(field))
    await visitor.post(f"{LIST}{identity}/delete/", post="yes")
    await field.eventually(
        lambda: field.row(identity, "id") is None, 10, "it was not deleted"
    )
    counts.append(_entries(field))
    streaming = asyncio.create_task(field.ask("zai:slow=20", stream=True))
    await asyncio.sleep(1)
    query = "SELECT id FROM chat_requestlog WHERE ending IS NULL AND address = ?"
    open_ = await asyncio.to_thread(field.database.rows, query, wire.attacker.get())
    for (one,) in open_:
        await visitor.post("/admin/now/", **{})
        await _stop(visitor, one)
    await streaming
    counts.append(_entries(field))
    for what, before, after in zip(
        ("exporting", "deleting", "stopping"), counts, counts[1:], strict=False
    ):
        field.check(after > before, f"{what} leaves no entry")
    return f"entries {counts}"


async def _stop(visitor: Visitor, identity: str) -> None:
    token = (await visitor.get("/admin/now/")).body
    found = TOKEN.search(token)
    form = f"csrfmiddlewaretoken={found[1].decode() if found else ''}".encode()
    await visitor.send_form(f"/admin/now/{identity}/stop/", form)


def _entries(field: Field) -> int:
    return int(field.database.rows("SELECT count(*) FROM django_admin_log")[0][0])
