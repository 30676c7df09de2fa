"""`python -m benchmarks.access`: what keys, limits and budgets cost a request.

Who is let in to a service that is open to all and has no budgets, beside who has a key
and counts against a rate, a number of open requests and two budgets of its client and
of its user, and against two budgets of the service. They are let in, and end, in turns,
in one process and on one thread: processor time is compared. With `--redis URL` a third
counts in Redis, and what Redis is asked is counted too.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

US = 1_000_000
MUCH = 1_000_000
COST = Decimal("0.000123")
TEXT = "Tell me a story of the sea, and of who lives there."
FREE = {"CHAT_ACCESS": "open", "CHAT_OPEN_BUDGET_USD_PER_DAY": 0}
BUDGETS = ("CHAT_BUDGET_USD_PER_DAY", "CHAT_BUDGET_USD_PER_MONTH")


def main() -> None:
    options = _options()
    with _service_without_a_server(options.redis):
        asyncio.run(_compare(options))


@contextmanager
def _service_without_a_server(redis_url: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "for-the-benchmark-only",
            "DATABASE_URL": f"sqlite:///{folder / 'benchmark.sqlite3'}",
            "CHAT_SPOOL_DIR": str(folder / "spool"),
            "ZAI_API_KEY": "benchmark.key",
            "ALLOWED_HOSTS": "127.0.0.1",
            "REDIS_URL": redis_url,
        }
        import django

        django.setup()
        from django.core.management import call_command

        from chat.access import watch
        from chat.requestlog import journal

        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            watch.stop()
            journal.stop()


async def _compare(options: argparse.Namespace) -> None:
    from chat.access import watch
    from chat.access.directory import directory

    limits: dict[str, Any] = {"requests_per_minute": MUCH, "open_at_once": MUCH}
    limits |= {"budget_usd_per_day": MUCH, "budget_usd_per_month": MUCH}
    key = await asyncio.to_thread(_add_client, limits)
    await watch.prepare()
    while not directory.find(key):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    free: list[float] = []
    bound: list[float] = []
    asked = 0
    for turn in range(options.turns + 1):
        _set(FREE | dict.fromkeys(BUDGETS, 0))
        one = await _let_in(f"open-{turn}", "", options.requests)
        _set({"CHAT_ACCESS": "keys"} | dict.fromkeys(BUDGETS, MUCH))
        before = _commands(options.redis)
        other = await _let_in(f"keys-{turn}", key, options.requests)
        asked = _commands(options.redis).get("evalsha", 0) - before.get("evalsha", 0)
        if turn:  # the first is to warm up
            free.append(one)
            bound.append(other)
    for title, found in (("open, no budgets", free), ("key, limits, budgets", bound)):
        print(f"{title}: {statistics.median(found):.0f} µs, at least {min(found):.0f}")
    more = statistics.median(b - a for a, b in zip(free, bound, strict=True))
    print(f"that is {more:.0f} µs more, at least {min(bound) - min(free):.0f}")
    if options.redis:
        print(f"Redis is asked {asked / options.requests:.2f} times for a request")


def _add_client(limits: Mapping[str, Any]) -> str:
    from chat.access.clients import add_client

    of_users = {f"user_{name}": most for name, most in limits.items()}
    return add_client("Benchmark", **limits, **of_users)[1]


async def _let_in(name: str, key: str, requests: int) -> float:
    """Return the µs of processor time of one of `requests`, from its head to its end,
    and until the log has it."""
    from django.http import HttpRequest

    from chat.access import watch
    from chat.access.admission import admit
    from chat.access.entrance import identify
    from chat.conversation import ChatRequest
    from chat.exchange.charge import Charge

    request = HttpRequest()
    request.META = {"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}
    ledger = watch.ledger()
    parameters = {"max_tokens": 2048, "temperature": 0.7, "user_id": "user-1"}
    messages = [{"role": "user", "content": TEXT}] * 5
    charge = Charge(COST)
    began = time.thread_time()
    for number in range(requests):
        asked = ChatRequest(messages, "glm-4.6", True, dict(parameters))
        identity = f"{name}-{number}"
        admission = await admit(identify(request), asked, identity, "127.0.0.1")
        admission.end(charge)
        ledger.committed({}, [identity])
    return (time.thread_time() - began) / requests * US


def _set(values: Mapping[str, Any]) -> None:
    from django.conf import settings

    for name, value in values.items():
        setattr(settings, name, value)


def _commands(url: str) -> Mapping[str, int]:
    """How often Redis did each command so far."""
    if not url:
        return {}
    import redis

    with redis.Redis.from_url(url) as client:
        found: Mapping[str, Mapping[str, int]] = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in found.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.access", description=__doc__)
    add = parser.add_argument
    add("--turns", type=int, default=20, help="of each")
    add("--requests", type=int, default=1000, help="of each turn")
    add("--redis", metavar="URL", default="", help="count there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
