"""What holds on one host holds on two: limits, budgets, the gate, coming back, stopping
and taking keys back. Each check returns what it saw, and raises AssertionError."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx

from cluster.asking import (
    Sides,
    add_client,
    ask,
    body,
    by,
    code_of,
    revoke_client,
    sides_of,
)
from cluster.ground import SLOTS, SLOTTED, Cluster

Check = Callable[[Sides], Awaitable[str]]

# A new client is known on every process after 2 s.
SECONDS_UNTIL_KNOWN = 3.0
SECONDS_AT_ONCE = 2.0
SPENT = """
    SELECT count(*), sum(charged_usd) FROM chat_requestlog
    JOIN chat_client ON chat_client.id = client_id
    WHERE name = 'A cent' AND ending IS NOT NULL
"""
LONG = "sim:trickle=0.2 sim:events=300"


async def limit_of_a_minute(sides: Sides) -> str:
    key = await _known(sides, "Ten a minute", "--requests-per-minute", "10")
    codes = await _ask_both(sides, 20, "sim:events=3", key, stream=False)
    assert codes == {"": 10, "rate_limited": 30}, codes
    return "10 of 40 passed, of 10 a minute"


async def open_at_once(sides: Sides) -> str:
    key = await _known(sides, "Three at once", "--open-at-once", "3")
    text = "sim:trickle=0.2 sim:events=20"
    codes = await _ask_both(sides, 10, text, key, stream=True)
    assert codes == {"": 3, "rate_limited": 17}, codes
    return "3 of 20 passed, of 3 at once"


async def budget(sides: Sides) -> str:
    key = await _known(sides, "A cent", "--budget-day", "0.01")
    codes: Counter[str] = Counter()
    for _ in range(10):
        codes += await _ask_both(sides, 10, "sim:events=300", key, max_tokens=500)
        if codes["budget_spent"]:
            break
    assert codes[""] and codes["budget_spent"], codes
    await _until(lambda: sides.rows(SPENT)[0][0] == codes[""])
    ((_, spent),) = sides.rows(SPENT)
    assert 0 < spent <= 0.01, spent
    return f"{codes['']} of {codes.total()} passed, and spent {spent} of 0.01 dollars"


async def slots(sides: Sides) -> str:
    """The stand-in refuses what is above, and says how many it had open at most."""
    standin = f"http://127.0.0.1:{sides.cluster.standin.port}/_simulator/"
    codes = await _ask_both(sides, 30, "sim:stall=0.3@1", model=SLOTTED, stream=True)
    assert codes == {"": 60}, codes
    async with httpx.AsyncClient(base_url=standin, trust_env=False) as simulator:
        counts = (await simulator.get("counts")).json()["counts"]
    (found,) = (one for one in counts if one["model"] == SLOTTED)
    assert found["most_open"] == SLOTS, found
    return f"60 asked, never more than {SLOTS} at Z.AI of {SLOTS}"


async def shut_gate(sides: Sides) -> str:
    """What Z.AI said to one host the other knows."""
    model = "glm-4.5-x"
    first = await ask(sides.a, "sim:error=1308", model=model, stream=False)
    second = await ask(sides.b, "Hello", model=model, stream=False)
    assert code_of(first) == code_of(second) == "1308", second.text
    key = second.headers["X-Request-ID"]
    await _until(lambda: _ending(sides, key) is not None)
    ((tries,),) = sides.rows("SELECT tries FROM chat_requestlog WHERE id = ?", key)
    assert not tries, "Z.AI was asked"
    return "shut by one host, shut for the other, which did not ask"


async def resume(sides: Sides) -> str:
    asked = body("sim:trickle=0.1 sim:events=30", stream=True, resumable=True)
    async with sides.a.stream("POST", "/api/chat", json=asked) as answer:
        lines = answer.aiter_lines()
        first = await anext(lines)
        path = f"/api/chat/{answer.headers['X-Request-ID']}/stream"
        coming_back = asyncio.create_task(sides.b.get(path))
        heard = [first, *[line async for line in lines]]
    again = (await coming_back).text.splitlines()
    frames = [[one for one in all_ if one[:5] == "data:"] for all_ in (heard, again)]
    assert frames[0] == frames[1] and len(frames[0]) >= 30, frames
    return f"{len(frames[0])} frames, the same on both"


async def stop(sides: Sides) -> str:
    asked = body(LONG, stream=True, on_leave="finish")
    async with sides.a.stream("POST", "/api/chat", json=asked) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        key = answer.headers["X-Request-ID"]
        since = time.monotonic()
        told = await sides.b.post(f"/api/chat/{key}/stop")
        assert told.json() == {"stopped": True}, told.text
        async for _ in lines:
            pass
        passed = time.monotonic() - since
    assert passed < SECONDS_AT_ONCE, passed
    await _until(lambda: _ending(sides, key) == "stopped")
    return f"over {passed:.2f} s after the other host was told"


async def revocation(sides: Sides) -> str:
    key = await _known(sides, "To be revoked")
    asked = body(LONG, stream=True)
    async with (
        sides.a.stream("POST", "/api/chat", json=asked, headers=by(key)) as one,
        sides.b.stream("POST", "/api/chat", json=asked, headers=by(key)) as other,
    ):
        await asyncio.to_thread(revoke_client, sides.cluster, "To be revoked")
        since = time.monotonic()
        codes = await _ask_both(sides, 10, "Hello", key)
        for answer in (one, other):
            async for _ in answer.aiter_lines():
                pass
        passed = time.monotonic() - since
        ids = [answer.headers["X-Request-ID"] for answer in (one, other)]
    assert codes == {"unauthenticated": 20}, codes
    assert passed < SECONDS_AT_ONCE, passed
    for one_id in ids:
        await _until(lambda key=one_id: _ending(sides, key) == "stopped")
    return f"20 of 20 refused; what was open was over within {passed:.2f} s"


CHECKS: dict[str, Check] = {
    "a limit of a minute": limit_of_a_minute,
    "a limit of open answers": open_at_once,
    "a budget": budget,
    "slots at Z.AI": slots,
    "the gate": shut_gate,
    "resume": resume,
    "stop": stop,
    "revocation": revocation,
}


async def check(cluster: Cluster, name: str) -> str:
    """Return what was seen. Raises AssertionError."""
    async with sides_of(cluster) as sides:
        return await CHECKS[name](sides)


async def _known(sides: Sides, name: str, *words: str) -> str:
    """Make a client, and return its key once all processes know it."""
    key = await asyncio.to_thread(add_client, sides.cluster, name, *words)
    await asyncio.sleep(SECONDS_UNTIL_KNOWN)
    return key


async def _ask_both(
    sides: Sides, each: int, text: str, key: str = "", **further: object
) -> Counter[str]:
    """Ask both hosts so often, all at once; how many were refused for what."""
    answers = await asyncio.gather(
        *(ask(side, text, key, **further) for side in sides.both for _ in range(each))
    )
    return Counter(map(code_of, answers))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 (in a database)
            await asyncio.sleep(0.1)


def _ending(sides: Sides, key: str) -> str | None:
    found = sides.rows("SELECT ending FROM chat_requestlog WHERE id = ?", key)
    return found[0][0] if found else None
