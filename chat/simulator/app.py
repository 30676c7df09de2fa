"""The ASGI application: which path reaches what."""

import re
from collections.abc import Awaitable, Callable

from . import catalogue, scenarios
from .authentication import authenticate
from .backend import Backend
from .chosen import from_options
from .exchange import Exchange
from .faults import Fault, not_found
from .headers import answer_headers, header
from .identity import new_id
from .ledger import Ledger
from .limit import Limit
from .line import Line, Message, Receive, Send
from .options import Options

_API = re.compile(r"/api/(?:(?P<coding>coding)/)?paas/v4(?P<path>/[a-z/]+)")

Handler = Callable[[Line, Message], Awaitable[None]]


class Simulator:
    """Everything one simulator knows; `lines` are the connections that are open."""

    def __init__(self, options: Options) -> None:
        mistakes = from_options(options.scenarios).mistakes
        if mistakes:
            raise ValueError(" ".join(mistakes))
        self._backend = Backend(options)
        self.lines: set[Line] = set()
        self._own: dict[str, Handler] = {
            "GET /_simulator/state": self._state,
            "GET /_simulator/counts": self._counts,
            "POST /_simulator/concurrency": self._concurrency,
            "GET /_simulator/scenarios": self._scenarios,
            "POST /_simulator/reset": self._reset,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # Nothing to prepare or to clean up: the server goes on without.
            raise NotImplementedError(scope["type"])
        line = Line(receive, send)
        self.lines.add(line)
        try:
            await self._handler(scope)(line, scope)
        finally:
            self.lines.discard(line)

    @property
    def ledger(self) -> Ledger:
        return self._backend.ledger

    def reset(self) -> None:
        self._backend.reset()

    def limit(self, words: str) -> None:
        """Set another `Options.concurrency`, from now on."""
        self._backend.limit = Limit(words)

    def hang_up(self) -> None:
        """Drop every open connection."""
        for line in list(self.lines):
            line.abort()

    def _handler(self, scope: Message) -> Handler:
        method, path = scope["method"], scope["path"]
        if f"{method} {path}" in self._own:
            return self._own[f"{method} {path}"]
        api = _API.fullmatch(path)
        if api is None or api["path"] not in ("/chat/completions", "/models"):
            return _not_found
        if api["path"] == "/models":
            return self._models if method == "GET" else _not_allowed
        return self._chat if method == "POST" else _not_allowed

    async def _chat(self, line: Line, scope: Message) -> None:
        await Exchange(self._backend, line, scope).run()

    async def _models(self, line: Line, scope: Message) -> None:
        headers = answer_headers(new_id())
        try:
            authenticate(header(scope, b"authorization"), self._backend.options.api_key)
        except Fault as fault:
            await line.reply_json(fault.status, fault.body, headers)
            return
        models = catalogue.listing(self._backend.options.models)
        await line.reply_json(200, models, headers)

    async def _state(self, line: Line, _scope: Message) -> None:
        await line.reply_json(200, self.ledger.state())

    async def _counts(self, line: Line, _scope: Message) -> None:
        counts = {"limit": self._backend.limit.now(), "counts": self.ledger.counts()}
        await line.reply_json(200, counts)

    async def _concurrency(self, line: Line, scope: Message) -> None:
        """The body is as for `--concurrency`; an empty one sets no limit."""
        try:
            self.limit((await line.body()).decode("latin-1"))
        except ValueError as error:
            await line.reply_json(400, {"error": str(error)})
        else:
            await self._counts(line, scope)

    async def _scenarios(self, line: Line, _scope: Message) -> None:
        await line.reply_json(200, list(scenarios.rows()))

    async def _reset(self, line: Line, _scope: Message) -> None:
        self.reset()
        await line.reply_json(200, self.ledger.state())


def create_app(options: Options | None = None) -> Simulator:
    """A simulator as an ASGI application for uvicorn.

    Raise ValueError for a scenario in the options that there is none of.
    """
    return Simulator(options or Options())


async def _not_found(line: Line, scope: Message) -> None:
    await line.reply_json(404, not_found(scope["path"]))


async def _not_allowed(line: Line, scope: Message) -> None:
    await line.reply_json(405, not_found(scope["path"], 405))
