"""What Redis is told and asked in one step, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import msgpack

from chat.access.claim import SECONDS_OF_A_RATE, Claim, Held, Quota, What
from chat.access.holds import Amounts
from chat.access.scripts import SHORT, TAG, UNKNOWN
from chat.access.shortage import Figures, find_short
from chat.requestlog.sums import Sum


class Message(NamedTuple):
    """`totals` once more, for if it does not arrive."""

    lease: str
    totals: Mapping[str, int]
    content: bytes


class Found(NamedTuple):
    """What Redis says of a claim: of a rate how many came, whether one more may, and
    after how many µs the next; else what is held, charged, and spent, or -1."""

    claim: Claim
    first: int
    second: int
    third: int


class Unknown(NamedTuple):
    """Redis does not have these sums."""

    sums: list[Sum]


class Answer:
    """To the claims of one request."""

    def __init__(self, claims: Sequence[Claim], words: Sequence[int]) -> None:
        self._outcome = words[0]
        figures = words[1::3], words[2::3], words[3::3]
        self.found = list(map(Found, claims, *figures))

    @property
    def is_taken(self) -> bool:
        return self._outcome not in (UNKNOWN, SHORT)

    @property
    def spent(self) -> dict[Sum, int]:
        """Of the sums that Redis has."""
        return {
            claim.sum: spent
            for claim, _, _, spent in self.found
            if claim.sum and spent >= 0
        }

    def outcome(self) -> Held | Unknown:
        if self._outcome == UNKNOWN:
            missing = [one.claim.sum for one in self.found if one.third < 0]
            return Unknown([of for of in missing if of])
        if self._outcome == SHORT:
            figures = list(map(_figures, self.found))
            quotas = tuple(one.quota for one in figures if one.quota)
            claims = [one.claim for one in self.found]
            return Held(find_short(claims, figures), quotas)
        rates = (one for one in self.found if one.claim.what is What.RATE)
        return Held(None, tuple(map(_quota_of_one_more, rates)))


def write_message(
    lease: str,
    changes: Amounts,
    totals: Mapping[str, int],
    requests: Sequence[Sequence[Claim]],
    *,
    takes: bool = False,
    names: Sequence[str] = (),
) -> Message:
    """`takes`: what the requests claim is to be theirs; `names`: what is to be kept."""
    asked = [
        [(one.what, one.name, one.amount, one.limit) for one in claims]
        for claims in requests
    ]
    content = [_listed(changes), list(totals.items()), asked, takes, names]
    return Message(lease, totals, msgpack.encode(content))


def write_amounts(amounts: Amounts) -> bytes:
    return msgpack.encode(_listed(amounts))


def key_of(lease: str) -> str:
    return f"{TAG}alive:{lease}"


def _listed(amounts: Amounts) -> list[Any]:
    return [(name, held, charged) for name, (held, charged) in amounts.items()]


def _figures(found: Found) -> Figures:
    claim, first, second, third = found
    if claim.what is not What.RATE:
        return Figures(first, second + third)
    left = max(0, claim.limit - first)
    return Figures(first, 0, Quota(bool(second), claim.limit, left, third / 1e6))


def _quota_of_one_more(found: Found) -> Quota:
    claim, count, _, reset = found
    seconds = reset / 1e6 if count else float(SECONDS_OF_A_RATE)
    return Quota(True, claim.limit, max(0, claim.limit - count - 1), seconds)
