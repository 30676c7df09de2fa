"""Is it us, or Z.AI? One sentence at the head of the overview."""

from dataclasses import dataclass

from chat.admin.amounts import count, share
from chat.admin.overview.figures import Figures
from chat.admin.overview.groups import ACCOUNT, CALLER, SERVICE, ZAI

FINE, BAD = "fine", "bad"
_NAMES = {ZAI: "Z.AI", ACCOUNT: "your account", SERVICE: "this service"}
_MOSTLY = {
    ZAI: "Mostly Z.AI’s fault",
    ACCOUNT: "Mostly for the account at Z.AI: its key, balance, plan or limits",
    SERVICE: "Mostly the fault of this service",
}
_ALL = {
    ZAI: "All of it Z.AI’s fault",
    ACCOUNT: "All for the account at Z.AI: its key, balance, plan or limits",
    SERVICE: "All of it the fault of this service",
}


@dataclass(frozen=True)
class Verdict:
    kind: str
    said: str


def verdict(found: Figures) -> Verdict | None:
    """None where nothing was asked. What callers asked wrongly is no fault of anyone
    who could look into it."""
    total = found.total.requests
    if not total:
        return None
    numbers = {group: found.by_group[group] for group in (ZAI, ACCOUNT, SERVICE)}
    failed = sum(numbers.values())
    wrong = found.by_group[CALLER]
    beside = f" {count(wrong)} were asked wrongly by their callers." if wrong else ""
    if not failed:
        return Verdict(FINE, f"Nothing failed in {found.period.words}.{beside}")
    worst = max(numbers, key=lambda group: numbers[group])
    words = (_ALL if numbers[worst] == failed else _MOSTLY)[worst]
    if numbers[worst] * 2 < failed:
        words = "Not mostly of one"
    parts = ", ".join(f"{_NAMES[group]} {count(numbers[group])}" for group in numbers)
    said = f"{words}: {share(failed, total)} failed in {found.period.words} ({parts})."
    return Verdict(BAD, said + beside)
