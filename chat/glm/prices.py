"""What an answer cost, by the price in the model's profile."""

from decimal import Decimal
from functools import lru_cache

from django.conf import settings

from chat.event import Usage
from chat.glm.known import find
from chat.glm.profile import Price

MILLION = Decimal(1_000_000)
SMALLEST = Decimal("0.000001")


def cost(model: str | None, usage: Usage | None) -> Decimal | None:
    """Return USD, to a millionth; None if the price or the tokens are not known.

    Thoughts are part of the tokens of the answer. What Z.AI had seen before costs as
    much as the rest where no price is known for it.
    """
    profile = find(model) if model else None
    if usage is None or profile is None or profile.price is None:
        return None
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    if prompt is None or completion is None:
        return None
    price = profile.price
    cached = min(usage.cached_tokens or 0, prompt)
    per_cached = price.input if price.cached is None else price.cached
    total = (
        _dollars(price.input, prompt - cached)
        + _dollars(per_cached, cached)
        + _dollars(price.output, completion)
    )
    return total.quantize(SMALLEST)


def cost_of(model: str, prompt: int, completion: int) -> tuple[Decimal, bool]:
    """Return the USD of so many tokens, and whether that is by the price of `model`.

    Where that is not known, the dearest that is known counts. None of the tokens has
    been seen before.
    """
    profile = find(model)
    known = profile.price if profile else None
    price = known or _dearest()
    total = _dollars(price.input, prompt) + _dollars(price.output, completion)
    return total.quantize(SMALLEST), known is not None


def _dearest() -> Price:
    prices = [p.price for p in settings.ZAI_PROFILES.values() if p.price]
    return Price(
        input=max((price.input for price in prices), default=0),
        output=max((price.output for price in prices), default=0),
    )


def _dollars(price: float, tokens: int) -> Decimal:
    return _exactly(price) * tokens / MILLION


@lru_cache(maxsize=256)
def _exactly(price: float) -> Decimal:
    """As it was written: 0.26, and not the binary fraction next to it."""
    return Decimal(str(price))
