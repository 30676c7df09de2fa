"""What was asked in one request, whole, as JSON: to keep, or to be sent again."""

from collections.abc import Iterable, Iterator

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from chat.admin.download import Piece, download
from chat.admin.list.export import MOST_MESSAGES, export
from chat.admin.permissions import may_read
from chat.admin.request import stored
from chat.admin.request.conversation import all_messages
from chat.admin.request.sent import Sent, as_object, dumped, sent_with
from chat.admin.trail import note
from chat.models import RequestLog

BODY = "json"


def raw(
    admin: "ModelAdmin[RequestLog]", request: HttpRequest, identity: str, kind: str
) -> HttpResponseBase:
    """Send the row with what was said as `jsonl` or `csv`; as `json` the body alone."""
    row = RequestLog.objects.filter(pk=identity.replace("\0", "")).first()
    if not admin.has_view_permission(request, row) or not may_read(request):
        raise PermissionDenied
    if row is None:
        raise Http404(identity)
    if kind != BODY:
        return export(admin.get_queryset(request), request, kind, row.pk)
    said = "Exported the body of this request."
    return download(
        request,
        _body(row),
        lambda: note(request, said, row.pk),
        "application/json",
        body_file(row),
    )


def body_of(row: RequestLog, messages: Iterable[str], sent: Sent) -> str:
    """Return the body that asks what `row` asked; `messages` are JSON already."""
    fields = {
        "model": dumped(row.model),
        "messages": f"[{', '.join(messages)}]",
        "stream": dumped(row.streamed is not False),
    }
    return as_object(fields | sent)


def body_file(row: RequestLog) -> str:
    return f"{row.pk}.json"


def _body(row: RequestLog) -> Iterator[Piece]:
    prompt, extra = stored.prompt_and_extra(row)
    messages = all_messages(prompt, MOST_MESSAGES)
    yield body_of(row, messages, sent_with(row, extra)), 1
