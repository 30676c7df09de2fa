"""A request on its way through the house, and who made it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chat import request_id
from chat.address import read_address
from chat.conversation import ChatRequest
from chat.exchange.caller import Caller
from chat.exchange.charge import Stake
from chat.exchange.unwinding import Unwinding
from chat.failures import Refused

if TYPE_CHECKING:
    from chat.exchange.exchange import Exchange

KEY = "chat.visit"
LONGEST_PATH = 100
LONGEST_USER_AGENT = 200


class Visit:
    """Made by the handler as the request comes; `visit_of` finds it again.

    `refusal` is why the body was not taken in, with its `beginning`; `head_is_fine`
    tells that somebody has looked. `dialect` and `asked` are what the row of a request
    says that is turned away: what is answered by goes from view to view in arguments.
    `answer` is what of it may be asked for again, as `answers` has it.
    `asker` is who it is and `admission` that it may, as `access` has them;
    `admitted_by`, `user_id` (if it can be believed) and `stake` are what the row says
    of that.
    """

    __slots__ = (
        *("request_id", "at", "caller", "address", "path", "user_agent"),
        *("refusal", "beginning", "head_is_fine"),
        *("dialect", "asked", "exchange", "_ends"),
        *("answer", "asker", "admission", "admitted_by", "user_id", "stake"),
    )

    def __init__(
        self, identity: str, caller: Caller, ends: Unwinding | None = None
    ) -> None:
        """`ends` is unwound when the request is over, however it ends."""
        self.request_id = identity
        self.at = datetime.now(UTC)
        self.caller = caller
        self.address: str | None = None
        self.path = ""
        self.user_agent = ""
        self.refusal: Refused | None = None
        self.beginning = b""
        self.head_is_fine = False
        self.dialect = ""
        self.asked: ChatRequest | None = None
        self.exchange: Exchange | None = None
        self.answer: Any = None
        self.asker: Any = None
        self.admission: Any = None
        self.admitted_by: str | None = None
        self.user_id: str | None = None
        self.stake: Stake | None = None
        self._ends = ends

    @property
    def is_watched(self) -> bool:
        """Whether something is done at its end; nobody does with Django's own handler,
        nor with its test client."""
        return self._ends is not None

    def at_end(self, callback: Callable[[], Awaitable[object]]) -> None:
        """Have `callback` called when the request is over, if it is watched."""
        if self._ends is not None:
            self._ends.add_awaited(callback)

    def free_at_end(self, callback: Callable[[], object]) -> None:
        """The same for what need not be awaited."""
        if self._ends is not None:
            self._ends.add(callback)

    def describe(self, request: Any) -> None:
        """Note who asks and where, as the middleware knows it by now."""
        meta = request.META
        self.path = _path(request)
        self.address = _text(read_address(meta.get("REMOTE_ADDR")))
        self.user_agent = meta.get("HTTP_USER_AGENT", "")[:LONGEST_USER_AGENT]


def begin_visit(scope: dict[str, Any], caller: Caller, ends: Unwinding) -> Visit:
    """Return the visit of a request that comes now, for `visit_of` to find."""
    visit: Visit = Visit(request_id.new(), caller, ends)
    scope[KEY] = visit
    return visit


def end_visit(scope: dict[str, Any]) -> None:
    """Let go of it: the server keeps the scope as long as the connection."""
    scope.pop(KEY, None)


def visit_of(request: Any) -> Visit:
    """Return the visit of `request`; one of its own where no handler of ours began."""
    scope: dict[str, Any] | None = getattr(request, "scope", None)
    kept = vars(request) if scope is None else scope  # none under WSGI
    visit: Visit | None = kept.get(KEY)
    if visit is None:
        visit = kept[KEY] = Visit(request_id.new(), Caller())
    return visit


def _path(request: Any) -> str:
    """The path, with the name of a part that the caller chose instead of its words."""
    path: str = request.path
    for name, words in request.resolver_match.kwargs.items():
        before, _, after = path.rpartition(words)
        path = f"{before}{{{name}}}{after}"
    return path[:LONGEST_PATH]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
