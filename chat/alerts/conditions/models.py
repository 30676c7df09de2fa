"""A model that is asked for is no more, or another answers in its place."""

from django.conf import settings

from chat.alerts.condition import Condition, Finding
from chat.alerts.conditions.sample import Fared, fared_lately
from chat.ending import Ending
from chat.lines import clean, shorten

RETIRED = "1221"  # "model offline"
LONGEST = 60


def look() -> list[Finding]:
    found: dict[str, Finding] = {}
    for one in fared_lately():
        if finding := _finding(one):
            found.setdefault(finding.subject, finding)
    return list(found.values())


def _finding(one: Fared) -> Finding | None:
    """Names that callers gave count only where Z.AI knew them.

    Who answers by ZAI_FALLBACKS is no news; that the first was offline is.
    """
    asked, answered = _name(one.model), _name(one.answered_model)
    if _is_retired(one):
        return Finding(
            f"{asked} retired",
            f"Z.AI says that {asked} is offline (code {RETIRED}): callers have to ask"
            " for another.",
        )
    if asked and answered and answered.lower() not in _expected(asked.lower()):
        return Finding(
            f"{asked} → {answered}",
            f"Z.AI answered with {answered} where {asked} was asked for: words and"
            " prices may differ.",
        )
    return None


def _is_retired(one: Fared) -> bool:
    is_told = one.error_code == RETIRED and one.ending == Ending.UPSTREAM_REJECTED
    return is_told or f'"code":"{RETIRED}"' in (one.attempts or "")


def _expected(model: str) -> set[str]:
    found = set()
    while model and model not in found:
        found.add(model)
        model = settings.ZAI_FALLBACKS.get(model, "")
    return found


def _name(model: str | None) -> str:
    return shorten(clean(model or ""), LONGEST)


MODELS = Condition(
    "model", "A model was retired or swapped", look, quiet_seconds=86_400
)
