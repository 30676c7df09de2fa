"""The page of one request."""

from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse

from chat.admin import columns, conversation
from chat.admin.amounts import UNKNOWN, dollars, milliseconds
from chat.admin.curl import curl
from chat.admin.filters import BEHIND_A_PROXY
from chat.admin.said import Said, pretty, said
from chat.admin.timeline import timeline
from chat.models import Message, RequestLog, RequestText

HOW = {None: "", True: "streamed", False: "in one piece"}
TEMPLATE = "admin/chat/requestlog/request.html"


def request_page(
    admin: "ModelAdmin[RequestLog]", request: HttpRequest, identity: str
) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    known = RequestLog.objects.select_related("text")
    row = known.filter(pk=identity.replace("\0", "")).first()
    if not admin.has_view_permission(request, row):
        raise PermissionDenied
    if row is None:
        return admin._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined,no-any-return]
            request, admin.opts, identity
        )
    context = {
        **admin.admin_site.each_context(request),
        "title": "Request",
        "opts": admin.opts,
        "media": admin.media,
        "has_delete_permission": admin.has_delete_permission(request, row),
        "row": row,
        **_of_row(row),
        **_of_text(request, row),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _of_row(row: RequestLog) -> dict[str, Any]:
    return {
        "badge": columns.badge(row),
        "when": columns.when(row),
        "timeline": timeline(row),
        "figures": _figures(row),
        "details": _details(row),
        "parameters": pretty(row.parameters),
        "user_link": row.user_id and columns.link_to_all("user_id", row.user_id),
        "address_link": row.address and columns.link_to_all("address", row.address),
        "address_help": "" if settings.TRUSTED_PROXIES else BEHIND_A_PROXY,
    }


def _figures(row: RequestLog) -> list[tuple[str, str, str]]:
    """What is measured: name, figure, and what further belongs to it."""
    first_event = milliseconds(row.first_event_ms)
    cached, thought = _count(row.cached_tokens), _count(row.reasoning_tokens)
    return [
        ("First word", columns.first_word(row), f"first event {first_event}"),
        ("Duration", columns.duration(row), HOW[row.streamed]),
        ("Tokens/s", columns.speed(row), f"{_count(row.events)} events"),
        ("Tokens in", _count(row.prompt_tokens), f"{cached} cached"),
        ("Tokens out", _count(row.completion_tokens), f"{thought} reasoning"),
        ("Cost", dollars(row.cost_usd), ""),
    ]


def _details(row: RequestLog) -> list[tuple[str, Any]]:
    return [
        ("Request id", row.pk),
        ("Z.AI’s id", row.upstream_id or UNKNOWN),
        ("Model asked", row.model or UNKNOWN),
        ("Model that answered", row.answered_model or UNKNOWN),
        ("HTTP status", row.status or UNKNOWN),
        ("Finish reason", row.finish_reason or UNKNOWN),
        ("Tries", _count(row.tries)),
        ("Path", f"{row.path} ({row.dialect})"),
        ("Process", row.process),
    ]


def _of_text(request: HttpRequest, row: RequestLog) -> dict[str, Any]:
    try:
        text = row.text
    except ObjectDoesNotExist:
        return {"text": None}
    messages = conversation.messages_up_to(text.prompt_id)
    answer = Message.objects.filter(pk=text.answer_id).first()
    return {
        "text": text,
        "is_cut": bool(messages and messages[0].predecessor_id),
        "asked": [said(message.role, message.body) for message in messages],
        "answer": _answer(text, answer),
        "extra": pretty(text.extra) if text.extra else "",
        "earlier": conversation.earlier_turns(text, messages),
        "repetitions": conversation.repetitions(text),
        "later": conversation.later_turns(text),
        **_raw(request, row, messages, answer),
    }


def _answer(text: RequestText, answer: Message | None) -> Said | None:
    if answer is None and not text.reasoning:
        return None
    return said("assistant", answer.body if answer else {}, text.reasoning)


def _raw(
    request: HttpRequest,
    row: RequestLog,
    messages: list[Message],
    answer: Message | None,
) -> dict[str, Any]:
    body = {
        "model": row.model,
        "messages": [message.body for message in messages],
        "stream": row.streamed is not False,
        **row.parameters,
    }
    return {
        "raw_request": pretty(body),
        "raw_answer": pretty(answer.body) if answer else "",
        "curl": curl(request.build_absolute_uri(row.path), body) if messages else "",
    }


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
