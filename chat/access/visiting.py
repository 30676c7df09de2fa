"""A visit, and by what it is let in: what the views and the handler call."""

from django.conf import settings
from django.http import HttpRequest

from chat.access.admission import Admission, admit
from chat.access.asker import STRANGER, Asker
from chat.access.entrance import identify
from chat.conversation import ChatRequest
from chat.exchange.visit import Visit, visit_of
from chat.gate.waiter import Who
from chat.models.request_log import Admitted


def let_in(request: HttpRequest) -> Asker:
    """Note at the visit who makes `request`, and return it. Raises AccessRefused."""
    visit = visit_of(request)
    asker = visit.asker = identify(request)
    visit.admitted_by = asker.by.value
    visit.user_id = asker.user_id
    if asker.terms:
        visit.caller.client_id = asker.terms.client_id
        visit.caller.key_id = asker.key_id
    return asker


async def admit_visit(
    visit: Visit, request: HttpRequest, asked: ChatRequest
) -> Admission:
    """Return that `asked` may be asked; whoever calls this ends it.

    Raises AccessRefused. Who asks is looked for here, if nobody has done so yet.
    """
    asker: Asker = visit.asker or let_in(request)
    if asker.by is Admitted.DOCTOR and settings.CHAT_ACCESS == "open":
        # It asks the simulator, as anybody may.
        asker, visit.admitted_by = STRANGER, STRANGER.by.value
    admission = await admit(asker, asked, visit.request_id, visit.address)
    visit.stake = admission.stake
    visit.caller.who = _who(asker, asked, visit.caller.sharer)
    return admission


def allowed_models(request: HttpRequest) -> frozenset[str] | None:
    """Return the models that who makes `request` may use, in small letters; None if
    all. Raises AccessRefused."""
    asker: Asker = visit_of(request).asker or let_in(request)
    return asker.terms.models if asker.terms else None


def _who(asker: Asker, asked: ChatRequest, sharer: str | None) -> Who:
    """Return whose turn it is; those without a key are told apart by their address."""
    client = str(asker.terms.client_id) if asker.terms else f"open {sharer}"
    user = asker.user_id or asked.parameters.get("user_id") or ""
    if asker.terms is None:
        return Who(client, user)
    return Who(client, user, asker.terms.weight, asker.terms.models)
