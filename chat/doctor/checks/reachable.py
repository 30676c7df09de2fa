"""Can it be reached, and is it ours that answers?"""

import asyncio
import socket
import ssl
from typing import Any

from chat.doctor.asker import Asker
from chat.doctor.checks.foreign import foreign
from chat.doctor.clock import now
from chat.doctor.finding import Finding, Outcome, seconds

LOOKS = 4
SOON_EXPIRED = 14 * 86_400.0
HTTP2 = "over HTTP/1.1; browsers speak HTTP/2 here, which is not examined"


async def reachable(asker: Asker) -> tuple[Finding, dict[str, Any] | None]:
    """Try to reach the service; with what it says of itself if it was."""
    if problem := await unreached(asker):
        return problem, None
    arrivals, said = await asker.look()
    if said is None:
        return foreign(arrivals), None
    for _ in range(LOOKS):
        await asker.look()
    return _reached(asker), said


async def unreached(asker: Asker) -> Finding | None:
    """Connect once, for the errors that this may bring."""
    try:
        await _connect(asker)
    except (OSError, TimeoutError, UnicodeError) as error:
        return _problem(*_in_words(error, asker))
    return None


async def _connect(asker: Asker) -> None:
    """Note the certificate, if there is one, and whether HTTP/2 is offered."""
    url = asker.url
    tls = asker.tls_of_browsers if url.scheme == "https" else None
    async with asyncio.timeout(asker.patience):
        _, writer = await asyncio.open_connection(
            url.raw_host, url.port, ssl=tls, happy_eyeballs_delay=0.25
        )
    asker.certificate = writer.get_extra_info("peercert") or {}
    if connection := writer.get_extra_info("ssl_object"):
        asker.http2 = connection.selected_alpn_protocol() == "h2"
    writer.transport.abort()


def _in_words(error: Exception, asker: Asker) -> tuple[str, str]:
    host = f"{asker.url.host}:{asker.url.port}"
    if ":" in (asker.url.host or ""):
        host = f"[{asker.url.host}]:{asker.url.port}"
    match error:
        case socket.gaierror() | UnicodeError():
            fact = f"there is no address for the name {asker.url.host}"
            return fact, "Look at the name, and at its DNS records."
        case ssl.SSLCertVerificationError():
            return _of_certificate(error.verify_message)
        case ssl.SSLError():
            fact = f"{host} speaks no TLS that can be understood ({error.reason})"
            return fact, "Is that port for http://?"
        case ConnectionRefusedError():
            fact = f"nothing listens at {host}"
            return fact, "Start the service, or its proxy, or give the port it has."
        case TimeoutError():
            fact = f"{host} did not answer within {asker.patience:g} s"
            return fact, "A firewall drops the packets, or the address is wrong."
    return f"{host} cannot be reached: {error}", "Look at the network on the way."


def _of_certificate(problem: str) -> tuple[str, str]:
    fact = f"browsers refuse the certificate: {problem}"
    if "expired" in problem:
        return fact, "Renew it, and have the proxy load it."
    if "not valid for" in problem or "mismatch" in problem:
        return fact, "Get one for this name, or look which server answers to it."
    fix = (
        "Have the proxy send the whole chain, signed by a known authority. For an "
        "authority of your own: --ca FILE."
    )
    return fact, fix


def _reached(asker: Asker) -> Finding:
    offset = asker.clocks.offset()
    fact = f"the service answers in {seconds(offset.error * 2)}"
    measured: dict[str, object] = {
        "round_trip": round(offset.error * 2, 4),
        "clock_ahead": round(offset.seconds, 4),
        "http2": asker.http2,
    }
    if abs(offset.seconds) > max(offset.error, 0.05):
        ahead = "ahead" if offset.seconds > 0 else "behind"
        fact += f", its clock is {seconds(abs(offset.seconds))} {ahead}"
    if asker.http2:
        fact += f", {HTTP2}"
    if "notAfter" not in asker.certificate:
        return Finding("reachable", Outcome.OK, fact, measured=measured)
    left = ssl.cert_time_to_seconds(asker.certificate["notAfter"]) - now()
    measured["certificate_days_left"] = round(left / 86_400, 1)
    if left < SOON_EXPIRED:
        fact += f", its certificate expires in {left / 86_400:.0f} days"
        return Finding("reachable", Outcome.WARNING, fact, "Renew it.", measured)
    return Finding("reachable", Outcome.OK, fact, measured=measured)


def _problem(fact: str, fix: str) -> Finding:
    return Finding("reachable", Outcome.PROBLEM, fact, fix)
