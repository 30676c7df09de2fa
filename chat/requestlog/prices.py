"""What an answer cost, by a kept list of prices and our few corrections to it."""

from decimal import Decimal
from functools import lru_cache

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from chat.event import Usage

# Free models that the list does not have. Z.AI's price page, October 2026.
FREE = frozenset({"glm-4.5-flash", "glm-4.6v-flash", "glm-4.7-flash"})
CENT_FRACTION = Decimal("0.000001")


def cost(model: str | None, usage: Usage | None) -> Decimal | None:
    """Return USD, to a millionth; None if the price or the tokens are not known."""
    if not model or not usage:
        return None
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    if prompt is None or completion is None:
        return None
    if model.lower() in FREE:
        return Decimal(0)
    total = _total(model.lower(), prompt, usage.cached_tokens or 0, completion)
    return None if total is None else total.quantize(CENT_FRACTION)


@lru_cache(maxsize=1024)
def _total(model: str, prompt: int, cached: int, completion: int) -> Decimal | None:
    tokens = PricedUsage(
        input_tokens=prompt,
        cache_read_tokens=min(cached, prompt),
        output_tokens=completion,
    )
    try:
        return calc_price(tokens, model, provider_id="zai").total_price
    except LookupError:
        return None
