"""What a request is charged to budgets: what it cost, or an estimate, marked as one."""

from dataclasses import dataclass
from decimal import Decimal

from chat.conversation import ChatRequest
from chat.ending import Ending
from chat.glm import prices
from chat.observation import Observation

# Z.AI charges nothing for what it turned away, or could not be asked.
TURNED_AWAY = {Ending.REFUSED, Ending.UPSTREAM_REJECTED, Ending.UPSTREAM_FAILED}
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stake:
    """What was set aside before Z.AI was asked.

    `prompt`: about how many tokens the question has. `most`: the USD that it and its
    answer may cost. `is_free`: the simulator answers.
    """

    prompt: int
    most: Decimal
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """In USD, to a millionth."""

    usd: Decimal
    is_estimated: bool = False


def stake_of(asked: ChatRequest, prompt: int, *, is_free: bool) -> Stake:
    """Return what to set aside for `asked`; `prompt`: about the tokens it has."""
    if is_free:
        return Stake(prompt, NOTHING, is_free=True)
    most, _ = prices.cost_of(asked.model, prompt, asked.parameters["max_tokens"])
    return Stake(prompt, most)


def charge_of(
    ending: Ending,
    seen: Observation,
    asked: ChatRequest,
    stake: Stake,
    tries: int | None,
) -> Charge:
    """Return what an exchange is charged that ended so."""
    model = seen.answered_model or asked.model
    if stake.is_free or not tries:
        return Charge(NOTHING)
    if (known := prices.cost(model, seen.usage)) is not None:
        return Charge(known)
    if not seen.has_begun and ending in TURNED_AWAY:
        return Charge(NOTHING)
    if not seen.has_begun and not asked.stream:
        # It may be written to its end all the same.
        return Charge(stake.most, is_estimated=True)
    usage = seen.usage
    prompt = usage.prompt_tokens if usage else None
    completion = usage.completion_tokens if usage else None
    return estimate(
        model,
        stake.prompt if prompt is None else prompt,
        (seen.events or 0) if completion is None else completion,
    )


def estimate(model: str, prompt: int, completion: int) -> Charge:
    """Return what so many tokens cost, about.

    An event of a stream has about one: from 1.0 to 1.35 in recorded traffic.
    """
    usd, _ = prices.cost_of(model, prompt, completion)
    return Charge(usd, is_estimated=True)
