"""`python -m attacks`: everything that anybody could do to freeze, fill or fool it."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attacks import families, wire
from attacks.attack import ATTACKS, Attack, Fault, Skipped
from attacks.database import POSTGRESQL_URL, postgresql_source, sqlite_source
from attacks.field import Field, settle
from attacks.fuzz.run import Fuzzing, fuzz
from attacks.grounds import Range, standing_in
from attacks.honest import witnessed
from chat.tests.ports import free_port

MOST_SHOWN = 8
GATE_SECONDS = 10.0
DATABASES = ("sqlite", "postgresql")


def main() -> None:
    options = _options()
    families.load()
    _raise_file_limit()
    if options.list:
        for attack in ATTACKS:
            lines = ",".join(map(str, attack.lines))
            print(f"{attack.name:<42} {lines:<8} {attack.sentence}")
        return
    # So that what was started is stopped, and what was made in databases dropped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    Field.patience = options.patience
    failed = 0
    with tempfile.TemporaryDirectory(prefix="attacks-") as name:
        folder = Path(name)
        with standing_in(folder, free_port()) as zai_port:
            for database in _databases(options.database):
                failed += _play_all(options, database, folder, zai_port)
    print("FAILED" if failed else "OK: it stood.", flush=True)
    sys.exit(bool(failed))


def _play_all(
    options: argparse.Namespace, database: str, folder: Path, zai_port: int
) -> int:
    chosen = _chosen(options, database)
    inputs = 0 if options.only and "fuzz" not in options.only else options.inputs
    if not (chosen or inputs):
        return 0
    failures = 0
    with _source(database, folder) as new_database:
        range_ = Range(new_database, folder, zai_port)
        try:
            for attack in chosen:
                failures += not asyncio.run(_play(attack, range_, database))
        finally:
            range_.clear()
        if inputs:
            wanted = Fuzzing(options.seed, inputs, options.input, options.connections)
            failures += not asyncio.run(_fuzz(wanted, range_, database))
            range_.clear()
    done = len(chosen) + bool(inputs)
    print(
        f"{database}: {done - failures} of {done} attacks were withstood.", flush=True
    )
    return failures


async def _play(attack: Attack, range_: Range, database: str) -> bool:
    """Play one, and say in a line how it went; whether it was withstood."""
    started = time.monotonic()
    wire.attacker.set(f"127.0.1.{range_.next_number() % 250 + 1}")
    field: Field | None = None
    measured, skipped, faults = "", "", []
    try:
        field = Field(range_.service_for(attack), range_.zai_port)
        if attack.witnessed:
            await _warm(field)
        before = field.service.memory
        limit = attack.seconds * Field.patience
        async with asyncio.timeout(limit + 130):
            async with witnessed(field, attack):
                async with asyncio.timeout(limit):
                    measured = await attack.play(field)
            if field.service.is_running and not attack.alone:
                await settle(field, attack, before)
    except Skipped as reason:
        skipped = str(reason)
    except TimeoutError:
        faults.append(f"not over after {attack.seconds:g} s")
    except Fault as fault:
        faults.append(str(fault))
    except Exception as error:  # of an attack that met with what it did not expect
        faults.append(f"{type(error).__name__}: {error}")
    faults = (field.faults if field else []) + faults
    if faults or attack.alone:
        range_.clear()
    _tell(attack, database, time.monotonic() - started, measured, skipped, faults)
    if field and not skipped:
        _note(field)
    if not skipped:
        _say(faults)
    return bool(skipped) or not faults


async def _warm(field: Field) -> None:
    """A little of everything, so that what is loaded once is loaded.

    The attack before may have shut the gate: a first try finds out that Z.AI is back.
    """
    by = time.monotonic() + GATE_SECONDS * field.patience
    for stream in (True, False):
        while (answer := await field.ask(stream=stream)).status != 200:
            if time.monotonic() > by:
                raise Fault(f"an honest request gets {answer.status}: {answer.body!r}")
            await asyncio.sleep(0.2)
    await field.get("/health/live")


async def _fuzz(wanted: Fuzzing, range_: Range, database: str) -> bool:
    started = time.monotonic()
    found = await fuzz(wanted, range_)
    verdict = "FAILED" if found.faults else "ok"
    seconds = time.monotonic() - started
    print(f"{verdict:<8} {seconds:5.1f} s  {database:<10} fuzz  {found.measured}")
    for fault in found.faults:
        print(f"         {fault}", flush=True)
    return not found.faults


def _tell(
    attack: Attack,
    database: str,
    seconds: float,
    measured: str,
    skipped: str,
    faults: list[str],
) -> None:
    verdict = "skipped" if skipped else "FAILED" if faults else "ok"
    lines = ",".join(map(str, attack.lines))
    print(
        f"{verdict:<8} {seconds:5.1f} s  {database:<10} {attack.name} ({lines})"
        f"  {skipped or measured}",
        flush=True,
    )


def _say(faults: list[str]) -> None:
    """Each once, and of many the first."""
    for fault, times in list(Counter(faults).items())[:MOST_SHOWN]:
        often = f" ({times} times)" if times > 1 else ""
        print(f"         {fault}{often}", flush=True)


def _note(field: Field) -> None:
    if field.notes:
        print(f"         {', '.join(field.notes)}", flush=True)


def _chosen(options: argparse.Namespace, database: str) -> list[Attack]:
    """Those to play, alike ones together so that they share a service."""
    first = database == _databases(options.database)[0] or not options.short
    chosen = [
        attack
        for attack in ATTACKS
        if not (options.short and attack.long)
        and (not options.only or any(part in attack.name for part in options.only))
        and (attack.everywhere or first and not options.everywhere)
    ]
    return sorted(chosen, key=lambda attack: (attack.alone, attack.start.key))


def _databases(wanted: str) -> tuple[str, ...]:
    return DATABASES if wanted == "both" else (wanted,)


@contextlib.contextmanager
def _source(database: str, folder: Path) -> Iterator[Any]:
    if database == "sqlite":
        with sqlite_source(folder) as new:
            yield new
    else:
        server = os.environ.get("TEST_POSTGRESQL_URL", POSTGRESQL_URL)
        with postgresql_source(server) as new:
            yield new


def _raise_file_limit() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m attacks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="minutes, for CI")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="or a part of it; fuzz is one"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the hostile inputs")
    parser.add_argument("--inputs", type=int, default=None, help="how many of them")
    parser.add_argument("--input", type=int, help="only the one of this number")
    parser.add_argument("--connections", type=int, default=16, help="of the inputs")
    parser.add_argument(
        "--everywhere", action="store_true", help="only where the database matters"
    )
    parser.add_argument(
        "--patience", type=float, default=1.0, help="times what may take as long"
    )
    parser.add_argument("--list", action="store_true", help="say what there is")
    options = parser.parse_args()
    if options.inputs is None:
        options.inputs = 1_000 if options.short else 100_000
    return options


if __name__ == "__main__":
    main()
