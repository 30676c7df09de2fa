"""The service without its gate to Z.AI, to see what that costs. Nobody serves it so:
there is no such setting, and no retry of what fails at first."""

from typing import Any

from chat.gate import asking
from chat.gate.targets import fit_to
from config.asgi import application

__all__ = ["application"]


async def _ask_at_once(
    self: Any, house: object, target: Any, limit: object, ask: Any
) -> Any:
    call = self.call
    call.turn_to(fit_to(self._asked, target.model), target.key)
    try:
        return await self.attempts.follow(ask, call)
    finally:
        call.forget()


asking.Asking._ask_target = _ask_at_once  # type: ignore[method-assign]
