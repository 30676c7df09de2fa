"""The columns of the list of requests. What is not known is a dash, never a nought."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from chat.admin.amounts import UNKNOWN, dollars, milliseconds
from chat.admin.speed import tokens_a_second
from chat.admin.time_zone import moment
from chat.admin.verdict import verdict_of
from chat.admin.visible import visible
from chat.models import RequestLog
from chat.models.firsts import firsts

# Its process may know better, and tell when it can.
PRESUMED = ", presumed"
NO_QUESTION = "(no text)"


@admin.display(description="when")
def when(request: RequestLog) -> SafeString:
    return moment(request.created_at, request.pk)


@admin.display(description="ending")
def ending(request: RequestLog) -> SafeString:
    return format_html(
        '{} <span class="reason" title="{}">{}</span>',
        badge(request),
        visible(request.error_message or ""),
        visible(reason(request)),
    )


def badge(request: RequestLog) -> SafeString:
    found = verdict_of(request)
    words = found.words + PRESUMED if request.presumed else found.words
    return format_html('<span class="ending {}">{}</span>', found.kind, words)


def reason(request: RequestLog) -> str:
    """The code, and whose that is; of what was finished, the reason."""
    code = request.error_code or request.finish_reason
    return ", ".join(filter(None, [code, verdict_of(request).blame]))


@admin.display(description="model")
def model(request: RequestLog) -> str:
    return visible(request.model or UNKNOWN)


@admin.display(description="question")
def question(request: RequestLog) -> SafeString:
    words = visible(request.question) or NO_QUESTION
    return format_html('<span dir="auto">{}</span>', words)


@admin.display(description="first word")
def first_word(request: RequestLog) -> str:
    """Of the answer. An older version noted what came first of all: not before that."""
    sign, word = firsts(request.first_sign_ms, request.first_word_ms)
    if word is None and request.first_word_ms is not None:
        return f"≥ {milliseconds(sign)}"
    return milliseconds(word)


def first_sign(request: RequestLog) -> str:
    """Of anything, be it a thought or a tool call."""
    return milliseconds(firsts(request.first_sign_ms, request.first_word_ms)[0])


@admin.display(description="duration")
def duration(request: RequestLog) -> str:
    return milliseconds(request.duration_ms)


@admin.display(description="tokens/s")
def speed(request: RequestLog) -> str:
    rate = tokens_a_second(request)
    return UNKNOWN if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


@admin.display(description="tokens")
def tokens(request: RequestLog) -> SafeString:
    known = [
        UNKNOWN if number is None else f"{number:,}"
        for number in (request.prompt_tokens, request.completion_tokens)
    ]
    if known == [UNKNOWN, UNKNOWN]:
        return SafeString(UNKNOWN)
    return format_html("{} → {}", *known)


@admin.display(description="cost")
def cost(request: RequestLog) -> str:
    return dollars(request.cost_usd)


@admin.display(description="caller")
def caller(request: RequestLog) -> SafeString:
    """The client, the address and the user, each leading to all that is theirs."""
    known = [
        (link_to_all(name, value), name, visible(value))
        for name in ("address", "user_id")
        if (value := getattr(request, name))
    ]
    if client := request.client:
        link = link_to_all("client", str(client.pk))
        known.insert(0, (link, "client", visible(client.name)))
    if not known:
        return SafeString(UNKNOWN)
    return format_html_join(" ", '<a href="{}" class="{}"><bdi>{}</bdi></a>', known)


def link_to_all(field: str, value: str) -> str:
    url = reverse("admin:chat_requestlog_changelist")
    return f"{url}?{urlencode({field: value})}"


COLUMNS: list[Any] = [
    *(when, ending, model, question, first_word, duration, speed),
    *(tokens, cost, caller),
]
