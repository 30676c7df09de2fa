"""Is the door locked? Whoever comes without a key finds out."""

from chat.doctor.arrivals import Arrivals
from chat.doctor.asker import Asker
from chat.doctor.checks.foreign import error_of
from chat.doctor.finding import Finding, Outcome, unknown

OPEN = "open: everyone who can reach it can ask, and spends your money"
LOCK = (
    "Give your clients keys (`manage.py client add NAME`) and set CHAT_ACCESS=keys, or "
    "let only your own servers reach it; CHAT_OPEN_BUDGET_USD_PER_DAY bounds what "
    "strangers can spend."
)


async def access(asker: Asker) -> Finding:
    """Ask as a stranger, for what costs nothing."""
    arrivals, said = await asker.look_as_a_stranger()
    if said is not None or _lacks_only_a_question(arrivals):
        return Finding("access", Outcome.WARNING, OPEN, LOCK)
    if arrivals.status in (401, 403):
        fact = f"locked: who comes without a key is answered {arrivals.status}"
        return Finding("access", Outcome.OK, fact)
    reason = arrivals.other_answer or arrivals.broke
    return unknown("access", f"it does not say whether it is locked: {reason}")


def _lacks_only_a_question(arrivals: Arrivals) -> bool:
    """A service that takes the order for a body without messages has read it."""
    error = error_of(arrivals)
    return arrivals.status == 400 and bool(error and error.get("param") == "messages")
