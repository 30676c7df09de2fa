"""Does Redis count, and by which lease does this process?"""

import logging
import secrets
import time
from datetime import UTC, datetime

logger = logging.getLogger(__name__)

MOST_DOUBTFUL = 20
# Whoever comes and goes is not told of each time.
SECONDS_BETWEEN_WORDS = 60.0


class Lease:
    """`name` is None where Redis is not asked, and `counts` says whether it is told all
    that we hold. Not for several threads at once.

    Whatever goes wrong with a command, the lease is given up: nobody knows what was
    done, and without the lease it is void. `away`, `alone` and `together` say in
    words what Redis does not do then, what processes do meanwhile, and then again.
    """

    def __init__(self, process: str, *, away: str, alone: str, together: str) -> None:
        self.name: str | None = None
        self.counts = False
        self.doubtful: list[str] = []  # given up, and may be there still
        self._process = process
        self._away = away
        self._alone = alone
        self._together = together
        self._reason: str | None = None  # why Redis is away
        self._since: datetime | None = None
        self._is_told = False
        self._next_word = 0.0

    def begin(self) -> str:
        """Return the name of a new lease, which does not count yet."""
        self.name = f"{self._process}:{secrets.token_hex(4)}"
        return self.name

    def succeed(self) -> None:
        """All that is held is there."""
        self.counts = True
        self.doubtful.clear()
        self._reason = None
        if self._is_told:
            self._is_told = False
            logger.warning("%s", self._together)

    def give_up(self, reason: str | None) -> None:
        """`reason` says why Redis is away; None if it may be asked again at once."""
        if self.name:
            self.doubtful = [*self.doubtful, self.name][-MOST_DOUBTFUL:]
        self.name = None
        self.counts = False
        if reason is None:
            return
        is_new, self._reason = self._reason is None, reason
        if is_new:
            self._since = datetime.now(UTC)
            self._tell(reason)

    @property
    def is_away(self) -> bool:
        """Whether Redis could not be asked when it was tried last."""
        return self._reason is not None

    def problems(self) -> list[str]:
        if self._reason is None or self._since is None:
            return []
        return [
            f"{self._away} ({self._reason}): since"
            f" {self._since:%Y-%m-%d %H:%M:%S} UTC {self._alone}."
        ]

    def _tell(self, reason: str) -> None:
        now = time.monotonic()
        if self._is_told or now < self._next_word:
            return
        self._next_word = now + SECONDS_BETWEEN_WORDS
        self._is_told = True
        logger.warning("%s (%s): %s.", self._away, reason, self._alone)
