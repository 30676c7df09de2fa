"""What 2,000 kept answers take of memory: without a bound in reach, and with one."""

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from benchmarks.resume.ground import standing

AT_ONCE = 20
TIGHT = 30_000_000
# Of what is kept: pieces have heads, and allocators gaps.
MOST_FOR_EACH_BYTE = 1.5
SETTINGS: dict[str, dict[str, str]] = {
    "nothing kept": {"CHAT_KEEP_ANSWER_SECONDS": "0"},
    "all kept": {"CHAT_KEEP_BYTES": "1000000000"},
    "a bound": {"CHAT_KEEP_BYTES": str(TIGHT)},
}


@dataclass(frozen=True)
class Figures:
    kept: int
    kept_bytes: int
    grown: int  # RSS


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--answers", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=300, help="of each")


def run(options: argparse.Namespace) -> bool:
    """Whether memory stays in its bound; it says the figures."""
    found = {}
    for name, settings in SETTINGS.items():
        keep = {"CHAT_KEEP_ANSWER_SECONDS": "3600", **settings}
        found[name] = figures = _measure(options, keep)
        print(
            f"{name:>14}: {figures.kept} answers, {figures.kept_bytes / 1e6:.1f} MB"
            f" kept; {figures.grown / 1e6:+.1f} MB of RSS",
            flush=True,
        )
    without = found.pop("nothing kept").grown
    for name, figures in found.items():
        times = (figures.grown - without) / max(1, figures.kept_bytes)
        print(f"{name:>14}: {times:.2f} bytes of RSS for each that is kept")
    tight = found["a bound"]
    is_bounded = tight.kept_bytes <= TIGHT and found["all kept"].kept == options.answers
    return is_bounded and tight.grown - without <= MOST_FOR_EACH_BYTE * TIGHT


def _measure(options: argparse.Namespace, settings: Mapping[str, str]) -> Figures:
    with standing(1, settings) as ground:
        asyncio.run(_ask(ground.urls[0], AT_ONCE, options.events, "warm"))
        rss, kept = ground.rss, ground.gauges()
        asyncio.run(_ask(ground.urls[0], options.answers, options.events, "chat"))
        gauges = ground.gauges()
        count = gauges["answers_kept"] - (kept["answers_kept"] if len(kept) else 0)
        return Figures(count, gauges["answers_kept_bytes"], ground.rss - rss)


async def _ask(url: str, answers: int, events: int, name: str) -> None:
    """Each in a chat of its own; all of one browser, which comes back for none."""
    numbers = iter(range(answers))
    text = f"sim:flood sim:events={events}"
    messages = [{"id": "1", "role": "user", "parts": [{"type": "text", "text": text}]}]

    async def one() -> None:
        for number in numbers:
            body = {"id": f"{name}{number}", "messages": messages}
            answer = await client.post(f"{url}/api/chat", json=body)
            assert answer.content.endswith(b"data: [DONE]\n\n")

    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
