"""Whose an answer is: the client and user who asked, or a browser nobody knows."""

from msgspec import Struct

from chat.access.asker import Asker

LONGEST_USER = 128


class Owner(Struct, frozen=True):
    """`known` is who asked, as far as a key, a token or the page tells; "" is anybody.

    `browser` tells those apart; "" is one that sends no cookie of ours.
    """

    known: str = ""
    browser: str = ""

    @property
    def key(self) -> str | None:
        """What tells this owner from all others; None if nothing does."""
        if self.known:
            return f"k {self.known}"
        return f"b {self.browser}" if self.browser else None

    def may_have(self, answer: "Owner") -> bool:
        """Whether this one may have what belongs to `answer`, by the id of its request.

        Nobody guesses that: of strangers it is proof enough.
        """
        return self.known == answer.known


def owner_of(asker: Asker, stated_user: str, browser: str) -> Owner:
    """Return who `asker` is; `stated_user` is who it says that it asks for, which
    counts where it has a key of its own."""
    if asker.terms:
        user = stated_user[:LONGEST_USER] if asker.user_id is None else asker.user_id
        return Owner(known=f"{asker.terms.client_id} {user}")
    if asker.user_id is not None:
        return Owner(known=f"{asker.by.value} {asker.user_id}")
    return Owner(browser=browser)
