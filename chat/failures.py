"""Why a caller does not get the whole answer: one family, in words for the caller.

What only the operator may know stands in `diagnosis`, which goes to the log alone.
Neither quotes what a caller sent; what Z.AI said is made fit for a line.
"""

from typing import Any

from chat import keys, lines
from chat.ending import Ending, Whose

LONGEST_CODE = 40


class Failure(Exception):
    """A fault of ours, and the parent of every other failure.

    `status` is the HTTP status the caller gets, or would have got had the answer not
    begun. `code` is Z.AI's where it is Z.AI's failure. `retry_after` is the wait that
    Z.AI asked for, in seconds.
    `discreet` is the diagnosis without words of Z.AI's, which may be the answer's or
    quote the question: for requests of which no text may be kept.
    `transient`: another try may help. `for_operator`: only the operator can mend it.
    `whose`: for whoever pays, and wants to know what to change; None if it is no fault.
    """

    status = 500
    type = "internal_error"
    ending = Ending.FAILED
    whose: Whose | None = Whose.SERVICE
    code: str | None = None
    transient = False
    for_operator = False

    def __init__(
        self,
        message: str = "Something went wrong on our side. It has been logged.",
        *,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: int | None = None,
        diagnosis: str | None = None,
        discreet: str | None = None,
    ) -> None:
        message = _fit(message)
        super().__init__(message)
        self.message = message
        self.status = status or self.status
        self.code = lines.shorten(code, LONGEST_CODE) if code else self.code
        self.param = param
        self.retry_after = retry_after
        self.diagnosis = _fit(keys.conceal(diagnosis or message))
        self.discreet = _fit(discreet) if discreet else self._without_words()

    @property
    def come_back_in(self) -> int | None:
        """Seconds for `Retry-After`; every 429 and 503 has some."""
        if self.retry_after or self.status not in (429, 503):
            return self.retry_after
        return 5 if self.transient else 60

    def _without_words(self) -> str:
        return self.diagnosis


def _fit(words: str) -> str:
    return lines.shorten(lines.clean(words[: lines.LONGEST_SEARCHED]))


class Refused(Failure):
    """We turned the request away before Z.AI was called."""

    status = 400
    type = "invalid_request_error"
    code: str | None = "invalid_request"
    ending = Ending.REFUSED
    whose = Whose.CALLER


class AccessRefused(Refused):
    """By who asks, and how much.

    `reason`, in one word, is for the counts; `client_id` is whose key it was, where the
    key does not hold. `quota` is how the minute stands, where
    there is a limit, as `access` has it.
    """

    reason = "access"

    def __init__(
        self,
        *args: Any,
        reason: str | None = None,
        client_id: int | None = None,
        quota: Any = None,
        **words: Any,
    ) -> None:
        super().__init__(*args, **words)
        self.reason = reason or self.reason
        self.client_id = client_id
        self.quota = quota


class Unauthenticated(AccessRefused):
    status = 401
    type = "authentication_error"
    code = "unauthenticated"
    reason = "unauthenticated"


class NotAllowed(AccessRefused):
    status = 403
    type = "permission_error"
    code = "not_allowed"
    reason = "not_allowed"


class RateLimited(AccessRefused):
    status = 429
    type = "rate_limit_error"
    code = "rate_limited"
    reason = "rate_limited"
    transient = True


class BudgetSpent(AccessRefused):
    """Nothing helps until the budget is new, or raised."""

    status = 429
    type = "rate_limit_error"
    code = "budget_spent"
    reason = "budget_spent"


class AccessUnknown(AccessRefused):
    """It could not be read yet who may ask."""

    status = 503
    type = "overloaded_error"
    code = "access_unknown"
    reason = "access_unknown"
    whose = Whose.SERVICE
    transient = True


class AnswerNotKept(Refused):
    """The caller refers to an answer that is not in the log, or not the caller's."""

    code = "answer_not_kept"


class AnswersUnknown(Refused):
    """What the caller refers to could not be read from the log."""

    status = 503
    type = "overloaded_error"
    code = "answers_unknown"
    whose = Whose.SERVICE
    transient = True


class NotFound(Refused):
    status = 404
    code = "not_found"


class MethodNotAllowed(Refused):
    status = 405
    code = "method_not_allowed"


class BodyTimeout(Refused):
    status = 408
    code = "body_timeout"


class BodyTooLarge(Refused):
    status = 413
    code = "body_too_large"


class UnsupportedMediaType(Refused):
    status = 415
    code = "unsupported_media_type"


class HeadTooLarge(Refused):
    status = 431
    code = "head_too_large"


class NotConfigured(Refused):
    status = 500
    type = "configuration_error"
    code = "not_configured"
    whose = Whose.ACCOUNT
    for_operator = True


class AtCapacity(Refused):
    status = 503
    type = "overloaded_error"
    code = "at_capacity"
    whose = Whose.SERVICE
    transient = True


class QueueTimeout(Refused):
    """Z.AI takes no more of ours at a time, and the wait for a turn was too long."""

    status = 429
    type = "rate_limit_error"
    code = "queue_timeout"
    whose = Whose.ACCOUNT
    transient = True


class GateShut(Refused):
    """It is known what Z.AI would say, and until when; it was not asked again.

    `code` is what it said.
    """

    status = 429
    code = None
    type = "rate_limit_error"
    whose = Whose.ACCOUNT

    def __init__(
        self,
        *args: Any,
        whose: Whose | None = None,
        type: str | None = None,
        **words: Any,
    ) -> None:
        super().__init__(*args, **words)
        self.whose = whose or self.whose
        self.type = type or self.type


class ShuttingDown(Refused):
    status = 503
    type = "overloaded_error"
    code = "shutting_down"
    whose = Whose.SERVICE
    transient = True


class UpstreamFailed(Failure):
    """Z.AI could not be reached, broke off, or sent what cannot be read."""

    status = 502
    type = "upstream_error"
    code = "upstream_failed"
    transient = True
    ending = Ending.UPSTREAM_FAILED
    whose = Whose.ZAI

    def _without_words(self) -> str:
        return self.message


class UpstreamRejected(Failure):
    """Z.AI answered with an error, in the caller's, the operator's or its own fault."""

    status = 502
    type = "upstream_error"
    ending = Ending.UPSTREAM_REJECTED
    whose = Whose.ZAI


class UpstreamTimeout(Failure):
    status = 504
    type = "timeout_error"
    code = "upstream_timeout"
    ending = Ending.UPSTREAM_TIMEOUT
    whose = Whose.ZAI


class Stopped(Failure):
    """By an operator or, `by_caller`, by the one who had asked."""

    by_caller = False
    status = 503
    type = "stopped_error"
    code = "stopped"
    ending = Ending.STOPPED
    whose = None


class Interrupted(Failure):
    status = 503
    type = "interrupted_error"
    code = "interrupted"
    transient = True
    ending = Ending.INTERRUPTED


def stopped_by_caller() -> Stopped:
    """Return the failure of an answer whose caller wants no more of it."""
    failure = Stopped(
        "The answer was stopped.", diagnosis="the one who had asked stopped the answer"
    )
    failure.by_caller = True
    return failure
