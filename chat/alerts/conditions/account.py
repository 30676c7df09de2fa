"""Z.AI takes our key, balance or plan no more."""

from chat.alerts.condition import Condition, Finding
from chat.requestlog.account import find_problem


def look() -> list[Finding]:
    problem = find_problem()
    return [Finding("", problem)] if problem else []


# Where a plan lacks one model, the requests for others are answered in between.
ACCOUNT = Condition("account", "Z.AI refuses the account", look, quiet_seconds=60)
