"""How long Z.AI asks us to wait: by a header, or in words."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from math import ceil, inf

ZAI_CLOCK = timezone(timedelta(hours=8))
RESET = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(Z?)")
LONGEST_HEADER = 100
SECONDS_IN_A_MONTH = 31 * 86_400


def read_seconds_to_reset(message: str) -> int | None:
    """Return the seconds until the reset time in `message`, at least 1.

    None if no time is there.

    Without a Z it is the wall clock of UTC+8, as several clients of Z.AI found.
    """
    if not (found := RESET.search(message)):
        return None
    day, clock, utc = found.groups()
    try:
        reset = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return None
    left = reset.replace(tzinfo=UTC if utc else ZAI_CLOCK) - datetime.now(UTC)
    return max(1, ceil(left.total_seconds()))


def read_seconds_to_retry(header: str | None) -> int | None:
    """Return the seconds that a `Retry-After` asks for; None if it cannot be read.

    RFC 9110 has whole seconds and dates; gateways send fractions too. At least 1, and
    at most a month, which is the longest limit that Z.AI has.
    """
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            then = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (_put_in_utc(then) - datetime.now(UTC)).total_seconds()
    if not 0 <= seconds < inf:
        return None if seconds != inf else SECONDS_IN_A_MONTH
    return min(max(1, ceil(seconds)), SECONDS_IN_A_MONTH)


def _put_in_utc(then: datetime) -> datetime:
    return then if then.tzinfo else then.replace(tzinfo=UTC)
