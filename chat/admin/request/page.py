"""The page of one request."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse

from chat.admin.amounts import UNKNOWN, dollars, milliseconds
from chat.admin.drawing import drawing
from chat.admin.list import columns
from chat.admin.list.filters import BEHIND_A_PROXY
from chat.admin.list.neighbours import neighbours
from chat.admin.permissions import may_read
from chat.admin.request import conversation, stored
from chat.admin.request.budget import Budget
from chat.admin.request.conversation import Told
from chat.admin.request.curl import curl, curl_of_file
from chat.admin.request.markdown import without_images
from chat.admin.request.message import (
    Part,
    Said,
    json_part,
    left_out,
    said_in,
    text_part,
    too_long,
)
from chat.admin.request.missing import why_no_text
from chat.admin.request.raw import BODY, body_file, body_of
from chat.admin.request.sent import LEFT_OUT, Sent, as_object, came_with, sent_with
from chat.admin.request.sentence import sentence
from chat.admin.request.stored import StoredText
from chat.admin.request.timeline import timeline
from chat.admin.verdict import answer_of, verdict_of
from chat.admin.visible import visible
from chat.models import RequestLog
from chat.models.request_log import ExtentChoices

HOW = {None: "", True: "streamed", False: "in one piece"}
TEMPLATE = "admin/chat/requestlog/request.html"


def request_page(
    admin: "ModelAdmin[RequestLog]", request: HttpRequest, identity: str
) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    rows = RequestLog.objects.select_related("client")
    row = rows.filter(pk=identity.replace("\0", "")).first()
    if not admin.has_view_permission(request, row):
        raise PermissionDenied
    if row is None:
        return admin._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined,no-any-return]
            request, admin.opts, identity
        )
    with drawing():
        return TemplateResponse(request, TEMPLATE, _context(admin, request, row))


def _context(
    admin: "ModelAdmin[RequestLog]", request: HttpRequest, row: RequestLog
) -> dict[str, Any]:
    budget = Budget()
    return {
        **admin.admin_site.each_context(request),
        "title": "Request",
        "opts": admin.opts,
        "media": admin.media,
        "has_delete_permission": admin.has_delete_permission(request, row),
        "row": row,
        "neighbours": neighbours(admin, request, row),
        "raw_link": _raw_link(row, "jsonl"),
        "body_link": _raw_link(row, BODY),
        **_of_row(row, budget, may_read(request)),
        **_of_text(request, row, budget),
    }


def _of_row(row: RequestLog, budget: Budget, reads: bool) -> dict[str, Any]:
    verdict = verdict_of(row)
    return {
        "badge": columns.badge(row),
        "reason": visible(columns.reason(row)),
        "kind": verdict.kind,
        "sentence": sentence(row, verdict),
        "when": columns.when(row),
        "timeline": timeline(row),
        "figures": _figures(row),
        "details": _details(row),
        "question": visible(row.question) if reads else "",
        "may_read": reads,
        "model": visible(row.model or ""),
        "error_code": visible(row.error_code or ""),
        "error_message": visible(row.error_message or ""),
        "user_id": visible(row.user_id or ""),
        "user_agent": visible(row.user_agent),
        "client_name": visible(row.client.name) if row.client else "",
        "client_link": row.client and columns.link_to_all("client", str(row.client.pk)),
        "user_link": row.user_id and columns.link_to_all("user_id", row.user_id),
        "address_link": row.address and columns.link_to_all("address", row.address),
        "address_help": "" if settings.TRUSTED_PROXIES else BEHIND_A_PROXY,
    }


def _figures(row: RequestLog) -> list[tuple[str, str, str]]:
    """What is measured: name, figure, and what further belongs to it."""
    cached, thought = _count(row.cached_tokens), _count(row.reasoning_tokens)
    return [
        ("First word", columns.first_word(row), _first_sign(row)),
        ("Duration", columns.duration(row), HOW[row.streamed]),
        ("Tokens/s", columns.speed(row), f"{_count(row.events)} events"),
        ("Tokens in", _count(row.prompt_tokens), f"{cached} cached"),
        ("Tokens out", _count(row.completion_tokens), f"{thought} reasoning"),
        ("Cost", dollars(row.cost_usd), _charged(row)),
    ]


def _first_sign(row: RequestLog) -> str:
    return f"first sign of life {columns.first_sign(row)}"


def _charged(row: RequestLog) -> str:
    """What budgets were charged, where that is not simply the cost."""
    if row.charged_usd is None:
        if row.ending is None and row.reserved_usd:
            return f"{dollars(row.reserved_usd)} is set aside for it"
        return ""
    said = f"{dollars(row.charged_usd)} charged"
    return f"{said}, an estimate" if row.is_estimated else said


def _details(row: RequestLog) -> list[tuple[str, Any]]:
    return [
        ("Request id", row.pk),
        ("Z.AI’s id", visible(row.upstream_id or UNKNOWN)),
        ("Model asked", columns.model(row)),
        ("Model that answered", visible(row.answered_model or UNKNOWN)),
        ("HTTP status", row.status or UNKNOWN),
        ("As an error", row.error_status or UNKNOWN),
        ("Answer", _answer_words(row)),
        ("Whose fault", verdict_of(row).blame or UNKNOWN),
        ("Finish reason", visible(row.finish_reason or UNKNOWN)),
        ("Tool names repaired", visible(row.repaired_names or UNKNOWN)),
        ("Tries", _count(row.tries)),
        ("In the queue", milliseconds(row.waited_ms)),
        ("Path", visible(f"{row.path} ({row.dialect})")),
        ("Process", row.process),
    ]


def _answer_words(row: RequestLog) -> str:
    answer = answer_of(row)
    return str(ExtentChoices(answer).label) if answer else UNKNOWN


def _of_text(request: HttpRequest, row: RequestLog, budget: Budget) -> dict[str, Any]:
    reads = may_read(request)
    text = stored.text_of(row, budget.shown) if reads else None
    sent = sent_with(row, text.extra_json if text else None)
    parameters = json_part("", as_object(sent), budget)
    if text is None:
        return {
            "text": None,
            "why_no_text": why_no_text(row),
            "parameters": parameters,
        }
    asked, answer = stored.told(text, budget)
    # From the end on back: what was said last is what the request is about.
    shown = [_said(answer, budget)] if answer else []
    shown += [_said(message, budget) for message in reversed(asked)]
    messages = shown[::-1][: len(asked)]
    earlier = _earlier(asked)
    return {
        "text": text,
        "parameters": parameters,
        "is_cut": bool(asked and asked[0].predecessor_id),
        "asked": messages[earlier:],
        "earlier_messages": messages[:earlier],
        "answer": _answer(text, shown[0] if answer else None, budget),
        "extra": _extra(text, budget),
        "earlier": conversation.earlier_turns(text, asked),
        "repetitions": conversation.repetitions(text),
        "later": conversation.later_turns(text),
        **_raw(request, row, asked, answer, sent, budget),
    }


def _earlier(asked: list[Told]) -> int:
    """How many of the messages came before this turn: up to the last answer."""
    roles = [message.role for message in asked]
    turn = len(roles) - roles[::-1].index("assistant") if "assistant" in roles else 0
    # If it ends with an answer, nothing else is asked.
    return turn if turn < len(roles) else 0


def _said(message: Told, budget: Budget) -> Said:
    if message.text is None:
        return too_long(message.role, message.size)
    return said_in(message.role, message.text, budget)


def _answer(text: StoredText, answer: Said | None, budget: Budget) -> Said | None:
    if not text.reasoning_size:
        return answer
    reasoning = (
        left_out("Reasoning", text.reasoning_size)
        if text.reasoning_text is None
        else text_part(text.reasoning_text, budget)
    )
    return replace(answer or Said("assistant"), reasoning=reasoning)


def _extra(text: StoredText, budget: Budget) -> Part | None:
    if text.extra_size and text.extra_json is None:
        return left_out("What also came", text.extra_size)
    came = came_with(text.extra_json)
    return json_part("", came, budget) if came else None


def _raw(
    request: HttpRequest,
    row: RequestLog,
    asked: list[Told],
    answer: Told | None,
    sent: Sent,
    budget: Budget,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if answer and answer.text:
        found["raw_answer"] = _raw_part(answer.text, budget)
    if not asked:
        return found
    url = request.build_absolute_uri(row.path)
    found["body_file"] = name = body_file(row)
    found["curl"] = budget.show(curl_of_file(url, name))
    texts = [message.text for message in asked if message.text is not None]
    if asked[0].predecessor_id or len(texts) < len(asked):
        size = sum(message.size for message in asked)
        return {**found, "raw_request": left_out("The raw request", size)}
    body = body_of(row, texts, sent)
    found["is_excerpt"] = LEFT_OUT in body
    found["raw_request"] = _raw_part(body, budget)
    if without_images(body) == body and (whole := budget.show(curl(url, body))):
        found |= {"curl": whole, "body_file": ""}
    return found


def _raw_part(text: str, budget: Budget) -> Part:
    """An image is on the page already, once."""
    return json_part("", without_images(text), budget)


def _raw_link(row: RequestLog, kind: str) -> str:
    return reverse("admin:chat_requestlog_raw", args=[row.pk, kind])


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
