"""All of the table: Z.AI's codes, what each is for us."""

import pytest

from chat.ending import Whose
from chat.upstream.codes import MEANINGS, Retry, find_meaning

TRANSIENT = {"500", "1120", "1230", "1231", "1234"} | {"1302", "1303", "1305", "1312"}
TRANSIENT |= {"2007", "3002"}
RESETTABLE = {"1304", "1308", "1310", "1313"} | {str(n) for n in range(1316, 1322)}
OPERATOR = {"401", "1000", "1001", "1002", "1003", "1004", "1110", "1111", "1112"}
OPERATOR |= {"1113", "1120", "1121", "1220", "1222", "1309", "1311", "1314", "1315"}
CALLER = {"1200", "1210", "1211", "1212", "1213", "1214", "1215", "1221", "1261"}
CALLER |= {"1300", "1301"}


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_each_code_means_one_thing(code: str) -> None:
    means = find_meaning(code, 418)
    assert (means.retry is Retry.TRANSIENT) == (code in TRANSIENT)
    assert (means.retry is Retry.RESETTABLE) == (code in RESETTABLE)
    assert means.is_for_operator == (code in OPERATOR)
    assert means.whose is _whose(code)
    assert means.status == _status(code)


def _whose(code: str) -> Whose:
    """Our limits are the account's; overload is Z.AI's."""
    if code in CALLER:
        return Whose.CALLER
    is_ours = code in OPERATOR | RESETTABLE | {"1302", "1303"}
    return Whose.ACCOUNT if is_ours else Whose.ZAI


def _status(code: str) -> int:
    if code in CALLER:
        return 400
    rate = {"1302", "1303", "1304", "1305", "1308", "1310", "1312", "1313"}
    return 429 if code in rate | RESETTABLE else 502


def test_every_code_of_the_protocol_is_there() -> None:
    assert set(MEANINGS) == TRANSIENT | RESETTABLE | OPERATOR | CALLER


@pytest.mark.parametrize(
    ("http_status", "status", "retry"),
    [
        (400, 400, Retry.FINAL),
        (401, 502, Retry.FINAL),
        (403, 502, Retry.FINAL),
        (404, 502, Retry.FINAL),
        (408, 504, Retry.TRANSIENT),
        (413, 400, Retry.FINAL),
        (429, 429, Retry.TRANSIENT),
        (500, 502, Retry.TRANSIENT),
        (503, 502, Retry.TRANSIENT),
        (529, 429, Retry.TRANSIENT),
        (None, 502, Retry.TRANSIENT),
    ],
)
@pytest.mark.parametrize("code", [None, "9999"])
def test_an_unknown_code_follows_its_http_status(
    http_status: int | None, status: int, retry: Retry, code: str | None
) -> None:
    means = find_meaning(code, http_status)
    assert (means.status, means.retry) == (status, retry)
