"""What the doctor asks of the service, signed with the SECRET_KEY that both know."""

import secrets
import time
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from django.core.signing import BadSignature, Signer
from msgspec import Meta, Struct

PREFIX = b'{"diagnosis"'
SECONDS_TO_REDEEM = 120.0
LONGEST_BODY = 4096
# Of one stream, whatever is signed
MOST_SECONDS = 660.0
MOST_FRAMES = 500


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """`count` times: wait `every` seconds, then send an event or a heartbeat."""

    what: Literal["event", "heartbeat"]
    count: Annotated[int, Meta(ge=1, le=MOST_FRAMES)]
    every: Annotated[float, Meta(ge=0, le=MOST_SECONDS)]


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """A stream of `steps`, or without any a look at how the order `about` ended."""

    nonce: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    at: float
    steps: Annotated[tuple[Step, ...], Meta(max_length=8)] = ()
    about: Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")] = ""

    @property
    def seconds(self) -> float:
        return sum(step.count * step.every for step in self.steps)

    @property
    def is_within_bounds(self) -> bool:
        frames = sum(step.count for step in self.steps)
        return self.seconds <= MOST_SECONDS and frames <= MOST_FRAMES


class SignedOrder(Struct):
    diagnosis: str


def make(steps: Sequence[Step] = (), about: str = "") -> Order:
    """An order that has to be redeemed within `SECONDS_TO_REDEEM`, once."""
    return Order(secrets.token_hex(16), time.time(), tuple(steps), about)


def encode(order: Order) -> bytes:
    """The body of the request that redeems the order."""
    token = _signer().sign_object(msgspec.to_builtins(order))
    return msgspec.json.encode(SignedOrder(token))


def read(raw: bytes) -> Order | None:
    """The order in a body; None unless it is ours, of now and within bounds."""
    if len(raw) > LONGEST_BODY:
        return None
    try:
        token = msgspec.json.decode(raw, type=SignedOrder).diagnosis
        order = msgspec.convert(_signer().unsign_object(token), Order)
    except (BadSignature, msgspec.MsgspecError, ValueError):
        return None
    is_of_now = abs(time.time() - order.at) <= SECONDS_TO_REDEEM
    return order if is_of_now and order.is_within_bounds else None


def _signer() -> Signer:
    return Signer(salt="chat.doctor")
