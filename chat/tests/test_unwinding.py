"""What is done at the end of a request is done, whatever else fails then."""

import asyncio

import pytest

from chat.exchange.unwinding import Unwinding


async def test_the_last_comes_first_and_each_once() -> None:
    done: list[str] = []

    async def wait() -> None:
        await asyncio.sleep(0)
        done.append("waited")

    ends = Unwinding()
    ends.add(lambda: done.append("first"))
    ends.add_awaited(wait)
    ends.add(lambda: done.append("last"))
    await ends.unwind()
    await ends.unwind()
    assert done == ["last", "waited", "first"]


async def test_what_one_raises_keeps_none_from_its_end() -> None:
    done: list[str] = []

    async def fail() -> None:
        raise LookupError

    async def be_cancelled() -> None:
        raise asyncio.CancelledError

    ends = Unwinding()
    ends.add(lambda: done.append("first"))
    ends.add_awaited(be_cancelled)
    ends.add_awaited(fail)
    with pytest.raises(asyncio.CancelledError):
        await ends.unwind()
    assert done == ["first"]
