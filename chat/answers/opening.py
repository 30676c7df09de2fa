"""How an answer begins: whose it is, what is kept of it, and what it replaces."""

from django.conf import settings
from django.http import HttpRequest

from chat.access.asker import Asker
from chat.answers.answer import Answer
from chat.answers.browser import make_browser, read_browser, write_cookie
from chat.answers.owner import Owner, owner_of
from chat.answers.shelf import shelf
from chat.conversation import ChatRequest
from chat.exchange.audience import Audience
from chat.protocols import Dialect

# How long the answer that another takes the place of is waited for.
SECONDS_TO_END = 1.0


async def open_answer(
    request: HttpRequest,
    request_id: str,
    asker: Asker,
    asked: ChatRequest,
    dialect: Dialect,
) -> Answer:
    """Return the answer to `asked`, not yet begun. What goes on of the same chat, of
    the same one who asks, is stopped."""
    browser = read_browser(request)
    is_kept = _is_kept(asked, dialect)
    is_new = not browser and is_kept and bool(asked.chat_id)
    owner = owner_of(
        asker, _user_of(asked), browser or (make_browser() if is_new else "")
    )
    if asked.chat_id and (old := shelf.replace(owner, asked.chat_id)):
        old.stop()
        await old.until_ended(SECONDS_TO_END)
    audience = None
    if is_kept or asked.on_leave:
        audience = Audience(asked.on_leave, can_return=bool(asked.chat_id))
    answer = Answer(request_id, owner, asked, dialect, audience)
    if is_kept:
        answer.keep(shelf.grew)
    if is_new and owner.browser:
        answer.cookie = write_cookie(owner.browser, request)
    return answer


def asks_again(request: HttpRequest, asker: Asker) -> Owner:
    """Return who `request`, which has no body, comes from."""
    return owner_of(asker, request.GET.get("user_id", ""), read_browser(request))


def _is_kept(asked: ChatRequest, dialect: Dialect) -> bool:
    """Whether anybody could come back for it."""
    if not settings.CHAT_KEEP_ANSWER_SECONDS or not asked.stream:
        return False
    return bool(dialect.comes_back or asked.resumable or asked.on_leave)


def _user_of(asked: ChatRequest) -> str:
    return str(asked.parameters.get("user_id") or "")
