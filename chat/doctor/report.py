"""A report for people, and for programs."""

import json
from textwrap import wrap

from chat.doctor.examination import Report
from chat.doctor.finding import Finding, Outcome

MARKS = {
    Outcome.OK: "ok",
    Outcome.WARNING: "warning",
    Outcome.PROBLEM: "PROBLEM",
    Outcome.UNKNOWN: "unknown",
    Outcome.SKIPPED: "-",
}
INDENT = " " * 21
WIDTH = 88
HOP_BY_HOP = "Run this against each hop, from the service outwards, to see who it is."
VERSION = 1  # of the JSON; grows when a program would have to be changed


def as_text(report: Report) -> str:
    """A line for each check, what mends it below, and a last line that sums up."""
    lines: list[str] = []
    said: dict[str, str] = {}  # which fix was given already, and where
    for finding in report.findings:
        first = said.setdefault(finding.fix, finding.check)
        fix = finding.fix if first == finding.check else f"As for `{first}`."
        lines += _lines(finding, fix)
    return "\n".join([*lines, "", summary(report)])


def as_json(report: Report) -> str:
    """One object; `docs/doctor.md` describes it."""
    checks = [
        {
            "check": finding.check,
            "outcome": finding.outcome,
            "fact": finding.fact,
            "fix": finding.fix or None,
            "measured": finding.measured,
        }
        for finding in report.findings
    ]
    described = {
        "version": VERSION,
        "url": report.url,
        "exit_status": report.exit_status,
        "on_the_way": report.on_the_way,
        "checks": checks,
    }
    return json.dumps(described, indent=2)


def summary(report: Report) -> str:
    where = f"On the way: {', '.join(report.on_the_way)}. " if report.on_the_way else ""
    outcomes = [finding.outcome for finding in report.findings]
    problems, warnings = (
        outcomes.count(Outcome.PROBLEM),
        outcomes.count(Outcome.WARNING),
    )
    match report.exit_status:
        case 1:
            return f"{where}{_counted(problems, 'problem')} found.\n{HOP_BY_HOP}"
        case 2:
            return f"{where}It could not be examined."
    if warnings:
        return f"{where}Streams arrive as they should; {_counted(warnings, 'warning')}."
    return f"{where}All is well."


def _lines(finding: Finding, fix: str) -> list[str]:
    start = f"{MARKS[finding.outcome]:<8} {finding.check:<11} "
    fact = wrap(finding.fact, WIDTH, initial_indent=start, subsequent_indent=INDENT)
    if not finding.fix:
        return fact
    return fact + wrap(fix, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
