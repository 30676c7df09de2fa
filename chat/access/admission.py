"""May this be asked? If so, what it may cost is set aside until it has ended."""

import time
from datetime import UTC, datetime

from django.conf import settings
from msgspec import Struct

from chat.access.asker import Asker
from chat.access.claim import Quota, Short, What
from chat.access.claims import list_claims
from chat.access.terms import Terms, millionths
from chat.access.watch import ledger
from chat.conversation import ChatRequest
from chat.exchange.charge import Charge, Stake, stake_of
from chat.failures import (
    AccessRefused,
    BudgetSpent,
    NotAllowed,
    RateLimited,
    Unauthenticated,
)
from chat.glm.known import find
from chat.glm.sizes import estimate_prompt
from chat.models.request_log import Admitted
from chat.requestlog.columns import plain

# Those are free whenever a request ends: nobody can say when.
SECONDS_UNTIL_A_PLACE = 5
# Of quickstart, which lets the simulator answer.
SIMULATOR_KEY = "simulator.key"
SHORTEST_USER_ID, LONGEST_USER_ID = 6, 128


class Admission(Struct):
    """That a request may be asked. `quota` is what is left of its minute, if there is a
    limit; of the narrowest."""

    request_id: str
    stake: Stake
    quota: Quota | None = None

    def end(self, charge: Charge | None = None) -> None:
        """What it took is free again; what it cost is charged once the log has it."""
        cost = millionths(charge.usd) if charge else None
        if cost:
            ledger().settle(self.request_id, cost)
        else:
            ledger().release(self.request_id)


async def admit(
    asker: Asker, asked: ChatRequest, request_id: str, address: str | None
) -> Admission:
    """Return that `asked` may be asked, with what it may cost set aside.

    Whoever calls this ends it. Raises AccessRefused. A user whom a token names is put
    into `asked`, and an answer that is longer than a client may have is made shorter,
    where its caller did not say how long.
    """
    if asker.by is Admitted.DOCTOR:
        raise Unauthenticated("A key is needed here.", reason="wrong_token")
    if asker.terms:
        _check_terms(asker.terms, asked)
    if asker.user_id is not None:
        _put_user_in(asked, asker.user_id)
    prompt = estimate_prompt(asked.messages, asked.parameters)
    stake = stake_of(asked, prompt, is_free=settings.ZAI_API_KEY == SIMULATOR_KEY)
    # As the database has it, by which it is charged.
    user_id = plain(asker.user_id or asked.parameters.get("user_id") or "")
    claims = list_claims(asker, user_id, address, millionths(stake.most) or 0)
    if not claims:
        return Admission(request_id, stake)
    held = await ledger().hold(request_id, claims)
    quota = min(held.quotas, key=_left, default=None)
    if held.short:
        raise _refusal(held.short, quota)
    return Admission(request_id, stake, quota)


def _check_terms(terms: Terms, asked: ChatRequest) -> None:
    if terms.models is not None and asked.model.lower() not in terms.models:
        raise NotAllowed(
            "This key may not use this model.", param="model", reason="model"
        )
    if terms.max_tokens is not None:
        _bound_answer(terms.max_tokens, asked)
    profile = find(asked.model)
    if terms.refuses_unpriced and (profile is None or profile.price is None):
        raise NotAllowed(
            "This key may only use models whose price is known.",
            param="model",
            reason="unpriced_model",
        )


def _bound_answer(most: int, asked: ChatRequest) -> None:
    if asked.parameters["max_tokens"] <= most:
        return
    if asked.wants_max_tokens:
        raise NotAllowed(
            f"This key may ask for at most {most} tokens.",
            param="max_tokens",
            reason="max_tokens",
        )
    asked.parameters["max_tokens"] = most


def _put_user_in(asked: ChatRequest, user_id: str) -> None:
    """Z.AI takes no shorter ids."""
    asked.parameters.pop("user_id", None)
    if SHORTEST_USER_ID <= len(user_id) <= LONGEST_USER_ID:
        asked.parameters["user_id"] = user_id


def _left(quota: Quota) -> float:
    return quota.remaining / quota.limit if quota.allowed else -1.0


def _refusal(short: Short, quota: Quota | None) -> AccessRefused:
    whose, claim = _whose(short.claim.key), short.claim
    if claim.what is What.RATE:
        wait = max(1, round(quota.reset_seconds + 0.5)) if quota else 60
        return RateLimited(
            f"{whose} may ask {claim.limit} times a minute. Wait a little.",
            retry_after=wait,
            reason="requests_per_minute",
            quota=quota,
        )
    if claim.what is What.OPEN_AT_ONCE:
        return RateLimited(
            f"{whose} may have {claim.limit} requests open at once.",
            retry_after=SECONDS_UNTIL_A_PLACE,
            reason="open_at_once",
            quota=quota,
        )
    if not short.is_settled:
        return RateLimited(
            "What is left of the budget is set aside for requests that are open.",
            retry_after=SECONDS_UNTIL_A_PLACE,
            reason="budget_reserved",
            quota=quota,
        )
    resets = short.resets or datetime.now(UTC)
    return BudgetSpent(
        f"The budget of {whose.lower()} does not suffice for this request."
        f" It is new at {resets:%Y-%m-%d %H:%M} UTC.",
        retry_after=max(1, round(resets.timestamp() - time.time() + 0.5)),
        reason="budget_spent",
        quota=quota,
    )


def _whose(key: str) -> str:
    words = {"client": "This key", "user": "This user", "open": "Callers without a key"}
    words |= {"service": "The service", "address": "This address"}
    return words[key.partition(":")[0]]
