"""A file that is sent while it is read, a piece in memory at a time."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator

from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from chat.exchange.visit import visit_of

# Each has a thread of the admin's as long as it lasts, and its reader may be slow.
MOST_AT_ONCE = 4

Piece = tuple[str, int]
"""Text, and how many requests are in it."""

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def download(
    request: HttpRequest,
    pieces: Iterator[Piece],
    note: Callable[[], LogEntry],
    content_type: str,
    name: str,
) -> HttpResponseBase:
    """Send `pieces` as the file `name`, and add to `note` how much of it was sent.

    503 if as many are being sent as may be.
    """
    visit = visit_of(request)
    if visit.is_watched and not _places.acquire(blocking=False):
        sentence = f"{MOST_AT_ONCE} files are being downloaded; one has to end first.\n"
        return HttpResponse(
            sentence, "text/plain; charset=utf-8", 503, headers={"Retry-After": "10"}
        )
    download = Download(pieces, _places.release if visit.is_watched else None)
    visit.at_end(download.aend)
    download.entry = note()
    return StreamingHttpResponse(
        download,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


class Download:
    """Between pieces it has no connection in hand.

    Under ASGI a plain iterator would be consumed whole before the first byte.
    """

    entry: LogEntry | None = None

    def __init__(
        self, pieces: Iterator[Piece], release: Callable[[], None] | None
    ) -> None:
        self._pieces = pieces
        self._release = release
        self._sent = 0
        self._is_whole = self._has_ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await sync_to_async(self._next)()) is not None:
            text, requests = piece
            yield text.encode(errors="backslashreplace")
            self._sent += requests
        self._is_whole = True
        await self.aend()

    async def aend(self) -> None:
        """Say in the admin's log how far it came; however often it is called, once."""
        if not self._has_ended:
            self._has_ended = True
            try:
                await sync_to_async(self._end)()
            finally:
                if self._release:
                    self._release()

    def _next(self) -> Piece | None:
        try:
            return next(self._pieces, None)
        finally:
            connections.close_all()

    def _end(self) -> None:
        if self.entry is None:
            return
        how = "" if self._is_whole else " before it was broken off"
        said = f"{self.entry.change_message} {self._sent:,} requests were sent{how}."
        try:
            LogEntry.objects.filter(pk=self.entry.pk).update(change_message=said)
        finally:
            connections.close_all()
