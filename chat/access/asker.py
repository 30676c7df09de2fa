"""Who makes a request, as far as that is known."""

from msgspec import Struct

from chat.access.terms import Terms
from chat.models.request_log import Admitted


class Asker(Struct, frozen=True, kw_only=True):
    """`by` is what lets the request in. `terms` are those of a client, and `key_id` its
    key, if it has one. `user_id` is who a token or the page says that it is: it can be
    believed, and counts for more than what the body says."""

    by: Admitted
    terms: Terms | None = None
    key_id: int | None = None
    user_id: str | None = None


STRANGER = Asker(by=Admitted.OPEN)
