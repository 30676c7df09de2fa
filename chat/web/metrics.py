"""`GET /metrics`: for Prometheus, where it is opened; asks no database."""

import asyncio
import logging
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chat import request_id
from chat.failures import Failure, NotAllowed, NotFound, Unauthenticated
from chat.metrics.exposition import write
from chat.metrics.meter import OFF, Meter, current
from chat.protocols.dialects import NATIVE
from chat.web.health import probe
from chat.web.insider import is_local
from chat.web.responses import error_response

logger = logging.getLogger(__name__)

LOOPBACK = "loopback"
LONGEST_ACCEPT = 1000


@probe
async def metrics(request: HttpRequest) -> HttpResponse:
    """What all processes of this host have counted, dead ones too."""
    try:
        host = await _let_in(request).read()
        accept = request.headers.get("accept", "")[:LONGEST_ACCEPT]
        text, media_type = await asyncio.to_thread(write, host, accept)
    except Failure as failure:
        return error_response(failure, NATIVE, request_id.current.get())
    except OSError as error:  # of a disk; or another reads, and does not end
        logger.warning("The metrics cannot be read: %s", error)
        return HttpResponse("The metrics cannot be read.", status=503)
    response = HttpResponse(text, content_type=media_type)
    response["Cache-Control"] = "no-store"
    return response


def _let_in(request: HttpRequest) -> Meter:
    """Raises Failure."""
    access, meter = settings.METRICS_ACCESS, current()
    if access == OFF or meter is None:
        raise NotFound("There is nothing at this path.")
    if access == LOOPBACK:
        if not is_local(request):
            raise NotAllowed("Metrics are for programs on the same machine.")
        return meter
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_right = compare_digest(token.strip().encode(), access.encode())
    if not (scheme.lower() == "bearer" and is_right):
        raise Unauthenticated("A token is needed here.")
    return meter
