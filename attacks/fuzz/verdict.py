"""Whether a run of hostile inputs went well."""

import contextlib
import re
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attacks.field import MEGABYTE, Field
from attacks.service import faults_of_output

if TYPE_CHECKING:
    from attacks.fuzz.run import Run

LOGGED = re.compile(r"(req_[0-9a-f]+) chat\.exchange: ")
LEFT_OUT = re.compile(r": (\d+) refused requests of [^\n]* no row")
IN_A_LOG_LINE = re.compile(r"(req_[0-9a-f]+)")
MOST_SHOWN = 12
MOST_MEGABYTES = 100.0


@dataclass
class Found:
    """What came of them."""

    faults: list[str] = field(default_factory=list)
    measured: str = ""


def verdict(run: "Run", on: Field, before: int, took: float) -> Found:
    found, service = Found(), on.service
    grown = (service.memory - before) / MEGABYTE
    if before and grown > MOST_MEGABYTES:
        found.faults.append(f"{grown:.0f} MB more than before are kept")
    service.signal(signal.SIGTERM)
    with contextlib.suppress(Exception):
        service.wait(60)
    for what, count in run.faults.most_common(MOST_SHOWN):
        found.faults.append(f"{count} × {what}, first with input {run.first.get(what)}")
    output = service.output()
    found.faults += _of_output(run, output)
    rows = {
        identity for (identity,) in on.database.rows("SELECT id FROM chat_requestlog")
    }
    seen = run.certain | set(LOGGED.findall(output))
    lost = seen - rows
    left_out = sum(int(number) for number in LEFT_OUT.findall(output))
    if len(lost) > left_out:
        numbers = sorted(run.ids.get(identity, -1) for identity in lost)
        found.faults.append(
            f"{len(lost)} of {len(seen)} requests have no row, {left_out} are counted"
            f" as left out; inputs {numbers[:5]}"
        )
    [(open_,)] = on.database.rows(
        "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL"
    )
    if open_:
        found.faults.append(f"{open_} rows stay open")
    rate = run.done / took if took else 0
    found.measured = (
        f"seed {run._wanted.seed}: {run.done} inputs, {rate:.0f}/s, memory"
        f" {grown:+.0f} MB, {len(rows)} rows and {left_out} left out;"
        f" {counts(run.statuses)}"
    )
    return found


def _of_output(run: "Run", output: str) -> list[str]:
    """Faults of the log, those with a traceback by what was raised."""
    found = [f for f in faults_of_output(output) if "tracebacks" not in f]
    raised: Counter[str] = Counter()
    first: dict[str, int] = {}
    identity, inside = "", False
    for line in output.split("\n"):
        if line.startswith("Traceback"):
            inside = True
        elif inside and line[:1].strip() and not line.startswith("During"):
            raised[line[:160]] += 1
            first.setdefault(line[:160], run.ids.get(identity, -1))
            inside = False
        elif named := IN_A_LOG_LINE.search(line[:100]):
            identity = named[1]
    for what, count in raised.most_common(MOST_SHOWN):
        found.append(f"{count} × traceback {what}, first with input {first[what]}")
    return found


def counts(statuses: Counter[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in statuses.most_common(12))
