"""One chat request and its answer, from the first header to the end."""

import asyncio
import logging

from . import parameters
from .authentication import authenticate
from .backend import Backend
from .chosen import Chosen, chosen_in
from .faults import Fault
from .headers import JSON, SERVER_SENT_EVENTS, answer_headers, header
from .identity import new_id
from .ledger import How
from .line import CallerLeft, Line, Message
from .player import Dropped, Player
from .reply import reply_to
from .request import ChatRequest
from .wall import block_page

logger = logging.getLogger(__name__)


class Exchange:
    """Answers one request, and notes in the ledger how it ended."""

    def __init__(self, backend: Backend, line: Line, scope: Message) -> None:
        self._backend = backend
        self._line = line
        self._authorization = header(scope, b"authorization")
        self._coding = scope["path"].startswith("/api/coding/")
        self._chosen = Chosen()
        names = (name.decode("latin-1") for name, _ in scope["headers"])
        self._entry = backend.ledger.begin(new_id(), names)
        line.before_end = self._note_end

    async def run(self) -> None:
        how: How = "failed"
        try:
            how = await self._attended(await self._line.body())
        except CallerLeft:
            how = "client_left"
        finally:
            self._backend.ledger.end(self._entry, how)
            self._tell()

    def _tell(self) -> None:
        entry = self._entry
        logger.debug(
            "%s %s %s, %s open with it",
            *(entry.request_id, entry.refused or entry.how, entry.model, entry.open),
        )

    def _note_end(self) -> None:
        """A test that has read the whole answer is to find it in the ledger."""
        how: How = "client_left" if self._line.gone else "completed"
        if self._line.dropped:
            how = "failed"
        self._backend.ledger.end(self._entry, how)

    async def _attended(self, raw: bytes) -> How:
        """Answer, and stop at once when the caller leaves, whatever is being done."""
        work = asyncio.create_task(self._answer(raw))
        leaving = asyncio.create_task(self._line.left())
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            return "client_left" if self._line.gone else "completed"
        except Dropped:
            # The server takes a response for complete once it knows of the loss.
            await leaving
            return "failed"
        finally:
            work.cancel()
            leaving.cancel()
            await asyncio.gather(work, leaving, return_exceptions=True)

    async def _answer(self, raw: bytes) -> None:
        try:
            request = self._admitted(raw)
            await self._wait_or_drop()
            self._refuse_as_chosen(request)
            parameters.check(request)
        except Fault as fault:
            await self._refuse(fault)
        else:
            await self._reply(request)

    def _admitted(self, raw: bytes) -> ChatRequest:
        options = self._backend.options
        key = authenticate(self._authorization, options.api_key)
        request = ChatRequest.parse(raw, self._coding, options.models)
        self._entry.stream = request.stream
        self._entry.request_id = request.request_id or self._entry.request_id
        self._keep_limits(key, request)
        self._backend.memory.refuse_duplicate(request.request_id)
        chosen = chosen_in(request.last_user_text, options.scenarios)
        self._chosen = self._backend.memory.chosen_this_time(request, chosen)
        return request

    def _keep_limits(self, key: str, request: ChatRequest) -> None:
        """Refuse at once what is too much, whatever else would become of it."""
        limit = self._backend.limit.now()
        open_now = self._backend.ledger.ask(self._entry, key, request.model_name)
        if limit is not None and open_now > limit:
            raise Fault("1302")

    async def _wait_or_drop(self) -> None:
        if "silent" in self._chosen:
            await asyncio.Event().wait()
        await asyncio.sleep(self._chosen.number("slow-headers"))
        if "cut-before" in self._chosen:
            await self._line.drop()
            raise Dropped

    def _refuse_as_chosen(self, request: ChatRequest) -> None:
        self._backend.memory.refuse_while_busy(self._chosen)
        key, model = self._entry.key or "", request.model_name
        self._backend.resets.refuse(key, model, self._chosen)
        error = self._chosen.get("error")
        if error:
            raise self._fault(error.first, request, status=error.second)
        once = self._chosen.get("error-once")
        if once:
            raise self._fault(once.first, request)

    def _fault(
        self, code: str, request: ChatRequest, status: int | None = None
    ) -> Fault:
        return Fault(
            code,
            status=status,
            reset_at=self._chosen.reset_at,
            model=str(request.body.get("model", "")).upper(),
            request_id=self._entry.request_id,
        )

    async def _refuse(self, fault: Fault) -> None:
        self._backend.ledger.refuse(self._entry, fault.code)
        self._entry.status = fault.status
        headers = answer_headers(self._entry.request_id)
        after = self._chosen.get("retry-after")
        if after:
            headers.append((b"retry-after", after.first.encode()))
        await self._line.reply_json(fault.status, fault.body, headers)

    async def _reply(self, request: ChatRequest) -> None:
        if "html" in self._chosen:
            await self._block(self._chosen.values["html"].count)
        elif "json-error" in self._chosen:
            fault = self._fault(self._chosen.values["json-error"].first, request)
            await self._refuse_in_disguise(fault, request)
        else:
            await self._say(request)

    async def _block(self, status: int) -> None:
        self._backend.ledger.refuse(self._entry, "html")
        self._entry.status = status
        await self._line.start(status, b"text/html; charset=utf-8", ())
        await self._line.end(block_page(self._entry.request_id))

    async def _refuse_in_disguise(self, fault: Fault, request: ChatRequest) -> None:
        """An error that looks like an answer until its body is read."""
        self._backend.ledger.refuse(self._entry, fault.code)
        self._entry.status = 200
        content_type = SERVER_SENT_EVENTS if request.stream else JSON
        headers = answer_headers(self._entry.request_id)
        await self._line.reply_json(200, fault.body, headers, content_type)

    async def _say(self, request: ChatRequest) -> None:
        backend, entry = self._backend, self._entry
        reply = reply_to(
            request,
            self._chosen,
            answer_id=entry.request_id,
            speed=backend.options.speed,
            cached=backend.memory.prompts.cached_tokens(request),
        )
        await asyncio.sleep(reply.wait)
        entry.status = 200
        headers = answer_headers(entry.request_id)
        await self._line.start(200, reply.content_type, headers)
        await Player(self._line, entry, backend.clock).play(reply.steps)
        await self._line.end()
