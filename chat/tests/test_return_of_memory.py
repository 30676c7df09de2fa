"""When glibc is asked to give back what it keeps."""

import asyncio
from collections.abc import Iterator

import pytest

from chat.web import memory

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SECONDS_BETWEEN_LOOKS", 0.0)


async def trims_while(
    counts: list[int], monkeypatch: pytest.MonkeyPatch
) -> list[int | None]:
    """At which of `counts`, each seen once, memory was given back."""
    looks: Iterator[tuple[int, int]] = enumerate(counts)
    at: list[int | None] = []
    seen: list[int] = []
    over = asyncio.Event()

    def count() -> int:
        number, found = next(looks, (None, 0))
        if number is None:
            over.set()
        else:
            seen.append(number)
        return found

    monkeypatch.setattr(
        memory, "_find_in_libc", lambda _: lambda _: at.append(seen[-1])
    )
    task = asyncio.create_task(memory.return_memory_of_crowds(count))
    await over.wait()
    task.cancel()
    return at


async def test_once_a_crowd_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [0, 300, 300] + [20] * 30
    assert await trims_while(counts, monkeypatch) == [5, 12]


@pytest.mark.parametrize("counts", [[90] + [0] * 30, [300] + [160] * 30, [300] * 30])
async def test_not_for_a_few_nor_while_most_are_there(
    monkeypatch: pytest.MonkeyPatch, counts: list[int]
) -> None:
    assert not await trims_while(counts, monkeypatch)


async def test_again_for_the_next_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ([200] + [0] * 20) * 2
    assert len(await trims_while(counts, monkeypatch)) == 4
