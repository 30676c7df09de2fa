"""What each of Z.AI's error codes means for us: whose fault, which status, try again?

Codes: Z.AI's API reference and what was observed on the wire. Which are worth another
try: the policy of Z.AI's own ZCode client.
"""

from dataclasses import dataclass
from enum import Enum, auto

from chat.ending import Whose


class Retry(Enum):
    TRANSIENT = auto()  # try again, with backoff
    RESETTABLE = auto()  # passes at a time Z.AI names; waiting in a request is no use
    FINAL = auto()


@dataclass(frozen=True, slots=True)
class Meaning:
    retry: Retry
    whose: Whose
    status: int

    @property
    def is_for_operator(self) -> bool:
        """Whether only the operator can mend it; a limit of ours passes by itself."""
        return self.whose is Whose.ACCOUNT and self.status != 429


INVALID = Meaning(Retry.FINAL, Whose.CALLER, 400)
ACCOUNT = Meaning(Retry.FINAL, Whose.ACCOUNT, 502)
ACCOUNT_AWAY = Meaning(Retry.TRANSIENT, Whose.ACCOUNT, 502)
BROKEN = Meaning(Retry.TRANSIENT, Whose.ZAI, 502)
SILENT = Meaning(Retry.TRANSIENT, Whose.ZAI, 504)
BUSY = Meaning(Retry.TRANSIENT, Whose.ZAI, 429)
TOO_MANY = Meaning(Retry.TRANSIENT, Whose.ACCOUNT, 429)  # for our limits
SPENT = Meaning(Retry.RESETTABLE, Whose.ACCOUNT, 429)

MEANINGS: dict[str, Meaning] = {
    "401": ACCOUNT,  # what a bad key really gets
    "500": BROKEN,
    "1000": ACCOUNT,  # authentication failed
    "1001": ACCOUNT,  # no Authorization header
    "1002": ACCOUNT,  # invalid token
    "1003": ACCOUNT,  # token expired
    "1004": ACCOUNT,  # verification failed
    "1110": ACCOUNT,  # account inactive
    "1111": ACCOUNT,  # account does not exist
    "1112": ACCOUNT,  # account locked
    "1113": ACCOUNT,  # no balance
    "1120": ACCOUNT_AWAY,  # account temporarily unreachable
    "1121": ACCOUNT,  # account locked
    "1200": INVALID,  # API call failed
    "1210": INVALID,  # wrong parameters
    "1211": INVALID,  # unknown model
    "1212": INVALID,  # method not supported by the model
    "1213": INVALID,  # a field is missing
    "1214": INVALID,  # a field is invalid
    "1215": INVALID,  # fields exclude each other
    "1220": ACCOUNT,  # no permission
    "1221": INVALID,  # model offline
    "1222": ACCOUNT,  # the API does not exist
    "1230": BROKEN,  # process error
    "1231": BROKEN,  # request id seen before: ours, and the next try has another
    "1234": BROKEN,  # network error
    "1261": INVALID,  # prompt too long
    "1300": INVALID,  # content policy
    "1301": INVALID,  # content policy
    "1302": TOO_MANY,  # concurrency
    "1303": TOO_MANY,  # frequency
    "1304": SPENT,  # daily limit
    "1305": BUSY,  # overloaded
    "1308": SPENT,  # window limit
    "1309": ACCOUNT,  # plan expired
    "1310": SPENT,  # weekly or monthly limit
    "1311": ACCOUNT,  # plan lacks the model
    "1312": BUSY,  # model busy
    "1313": SPENT,  # fair use
    "1314": ACCOUNT,  # enterprise package expired
    "1315": ACCOUNT,  # key of another product
    "1316": SPENT,  # 5 hour limit
    "1317": SPENT,  # 7 day limit
    "1318": SPENT,  # spend limits
    "1319": SPENT,
    "1320": SPENT,
    "1321": SPENT,
    "2007": BROKEN,
    "3002": BROKEN,
}


def find_meaning(code: str | None, http_status: int | None) -> Meaning:
    """Return what Z.AI's `code` means; by `http_status` if the table does not have it.

    `http_status` is None for an error that came inside a stream.
    """
    known = MEANINGS.get(code or "")
    return known or _judge_by_status(http_status)


def _judge_by_status(http_status: int | None) -> Meaning:
    match http_status:
        case 401 | 402 | 403 | 404 | 405:
            return ACCOUNT
        case 408 | 504:
            return SILENT
        case 429:
            return TOO_MANY
        case 529:
            return BUSY
        case int() if 400 <= http_status < 500:
            return INVALID
        case _:
            return BROKEN


KEY = (
    "Z.AI refuses the key. Look whether ZAI_API_KEY is whole and current, and whether"
    " ZAI_BASE_URL belongs to it: keys of z.ai and of bigmodel.cn are not the same."
)
LOCKED = "The account at Z.AI is locked, inactive or unknown. Z.AI has to see to it."
PLAN = "The plan of the account at Z.AI has ended, or lacks this model or API."
BALANCE = (
    "The account at Z.AI has no balance, or the key is of the Coding Plan, which is not"
    " for /api/paas/v4."
)
ADVICE = {
    **dict.fromkeys(("401", "1000", "1001", "1002", "1003", "1004"), KEY),
    **dict.fromkeys(("1110", "1111", "1112", "1121"), LOCKED),
    **dict.fromkeys(("1220", "1222", "1309", "1311", "1314", "1315"), PLAN),
    "1113": BALANCE,
}


def advise(code: str | None) -> str | None:
    """Return what an operator is to do about `code`, if it is theirs to mend."""
    return ADVICE.get(code or "")
