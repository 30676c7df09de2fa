"""The doctor, run in the test's own process."""

import asyncio

from chat.doctor.asker import Asker
from chat.doctor.examination import Report, examine
from chat.doctor.finding import Finding
from chat.doctor.simulated import examine_simulated


def examined(
    url: str,
    silence: float = 3,
    simulator: bool = False,
    ca: str = "",
    origin: str = "",
    patience: float = 10,
    identity: dict[str, str] | None = None,
) -> Report:
    async def run() -> Report:
        async with Asker(url, origin, patience, ca, identity) as asker:
            if simulator:
                return await examine_simulated(asker, lambda line: None)
            return await examine(asker, silence, lambda line: None)

    return asyncio.run(run())


def by_check(report: Report) -> dict[str, Finding]:
    return {finding.check: finding for finding in report.findings}


def outcomes(report: Report) -> dict[str, str]:
    return {finding.check: str(finding.outcome) for finding in report.findings}


ALL_OK = dict.fromkeys(
    (
        *("reachable", "compressed", "buffered", "intact", "headers"),
        *("heartbeats", "silence", "leaving"),
    ),
    "ok",
)
ALL_OK["access"] = "warning"  # as long as the service is open
