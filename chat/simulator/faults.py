"""Z.AI's error codes: with which HTTP status and in which words they come."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from .identity import new_id

# Statuses of codes that were never seen on the wire follow Z.AI's table of statuses.
# The words are Z.AI's where they were seen, with what changes in braces.
_CODES: dict[int, dict[str, str]] = {
    401: {
        "401": "token expired or incorrect",
        "1000": "Authentication failed",
        "1001": "Authentication parameter not received in Header, unable to "
        "authenticate",
        "1002": "Authorization Token is invalid, please ensure that the Authorization "
        "Token is correctly provided.",
        "1003": "Authorization Token has expired, please obtain a new one",
        "1004": "Verification of the Authorization Token failed",
    },
    400: {
        "1200": "API call error",
        "1210": "Invalid API parameter, please check the documentation.",
        "1211": "Unknown Model, please check the model code.",
        "1212": "The model {model} does not support this call method",
        "1213": "The {field} parameter was not received properly.",
        "1214": "The {field} parameter is illegal. Please check the documentation.",
        "1215": "{field} and {other} cannot be set at the same time",
        "1220": "You do not have permission to access {model}",
        "1221": "The API {model} has been taken offline",
        "1222": "The API {model} does not exist",
        "1231": "You already have a request: {request_id}",
        "1261": "Prompt exceeds max length",
        "1300": "API call blocked by policy",
        "1301": "System detected potentially unsafe or sensitive content in input or "
        "generation. Please avoid using prompts that may generate sensitive content. "
        "Thank you for your cooperation.",
    },
    404: {"404": "Not Found"},
    405: {"405": "Method Not Allowed"},
    429: {
        "1110": "Your account is inactive, please check your account information",
        "1111": "Your account does not exist",
        "1112": "Your account has been locked, please contact customer service",
        "1113": "Insufficient balance or no resource package. Please recharge.",
        "1120": "Your account cannot be reached for the moment, please try again later",
        "1121": "Your account has been locked for irregular activity",
        "1302": "Rate limit reached for requests",
        "1303": "High frequency usage of this API, please reduce the frequency or "
        "contact customer service to increase limits",
        "1304": "Daily call limit for this API reached. For more requests, please "
        "contact customer service to purchase",
        "1305": "The service may be temporarily overloaded, please try again later",
        "1308": "Usage limit reached for 5 hour. Your limit will reset at {reset}",
        "1309": "Your GLM Coding Plan package has expired",
        "1310": "Weekly/Monthly Limit Exhausted. Your limit will reset at {reset}",
        "1311": "Your current subscription plan does not yet include access to {model}",
        "1312": "{model} is busy at the moment, please try again later or use another "
        "model",
        "1313": "Your account's current usage pattern does not comply with the Fair "
        "Usage Policy, and your request frequency has been limited. For details, "
        "please refer to the Subscription Service Agreement. To restore access, please "
        "submit a request.",
        "1314": "Your enterprise package has expired",
        "1315": "This API key belongs to another product",
        "1316": "Usage limit reached for the past 5 hours. Insufficient balance for "
        "extra usage. Resets at {reset_utc}",
        "1317": "Usage limit reached for the past 7 days. Insufficient balance for "
        "extra usage. Resets at {reset_utc}",
        "1318": "Usage limit reached for the past 5 hours. Spend limit for extra usage "
        "reached. Resets at {reset_utc}",
        "1319": "Usage limit reached for the past 7 days. Spend limit for extra usage "
        "reached. Resets at {reset_utc}",
        "1320": "Usage limit reached for the past 5 hours. Monthly spend limit "
        "reached. Resets at {reset_utc}",
        "1321": "Usage limit reached for the past 7 days. Monthly spend limit reached. "
        "Resets at {reset_utc}",
    },
    434: {"434": "No API permission, this function is in internal testing"},
    435: {"435": "File size exceeds the limit"},
    500: {
        "500": "Internal Error",
        "1230": "API call process error",
        "1234": "Network error, error id: {id}, please contact customer service",
        "2007": "The backend service is temporarily unavailable",
        "3002": "The inference service is temporarily unavailable",
    },
    502: {"502": "job timed out"},
    529: {"529": "The service is overloaded"},
}

STATUS = {code: status for status, codes in _CODES.items() for code in codes}
MESSAGE = {code: words for codes in _CODES.values() for code, words in codes.items()}

_BEIJING = timezone(timedelta(hours=8))
_USUAL_RESET = timedelta(hours=1)
_RESET = ". Your limit will reset at {reset}"


class Fault(Exception):
    """An error as Z.AI answers it.

    `facts` fill the braces of the message: field, model, request_id, … Without
    `message` it is that of the code; without `status`, the one the code comes with.
    `reset_at` is for limits, in an hour without it; where it is given, words that have
    no room for it get a sentence of Z.AI's.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        reset_at: datetime | None = None,
        **facts: str,
    ) -> None:
        self.code = code
        self.status = status or STATUS.get(code) or _status_named_by(code)
        words = message or MESSAGE.get(code, "An error with the code {code}")
        if reset_at and "{reset" not in words:
            words = words.rstrip(".") + _RESET
        self.message = words.format_map(_facts(code, reset_at) | facts)
        super().__init__(f"{code}: {self.message}")

    @property
    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.code in ("1300", "1301"):
            return {"contentFilter": [{"level": 1, "role": "user"}], "error": error}
        return {"error": error}


def not_found(path: str, status: int = 404) -> dict[str, Any]:
    """The body Spring Boot gives for a path (or method) that it does not serve."""
    for prefix in ("/api/coding/paas", "/api/paas"):
        path = path.removeprefix(prefix)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    words = MESSAGE[str(status)]
    return {"timestamp": now, "status": status, "error": words, "path": path}


def _status_named_by(code: str) -> int:
    """A three-digit code is an HTTP status itself; an unknown one is taken as 400."""
    return int(code) if len(code) == 3 and code[0] in "45" else 400


def _facts(code: str, reset_at: datetime | None) -> dict[str, str]:
    reset = reset_at or datetime.now(UTC) + _USUAL_RESET
    return {
        "code": code,
        "field": "messages",
        "other": "tool_choice",
        "model": "GLM-5.3",
        "id": new_id()[:30],
        "request_id": new_id(),
        "reset": reset.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "reset_utc": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
