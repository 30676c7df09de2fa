"""What we sign ourselves, and every process knows again: for page and doctor."""

from django.core.signing import BadSignature, TimestampSigner

from chat.access.tokens import LONGEST_SUBJECT, Untrue

PAGE_PREFIX = "zp_"
PAGE_SECONDS = 15 * 60
DOCTOR_PREFIX = "zd_"
DOCTOR_SECONDS = 120


def make_page_token(username: str) -> str:
    """Return a token for the page, opened by `username` ("" for anybody)."""
    return PAGE_PREFIX + _page_signer().sign_object({"user": username})


def read_page_token(text: str) -> str:
    """Return by whom the page was opened, "" for anybody. Raises Untrue."""
    try:
        found = _page_signer().unsign_object(
            text.removeprefix(PAGE_PREFIX), max_age=PAGE_SECONDS
        )
    except (BadSignature, ValueError):
        raise Untrue("the page's token does not hold") from None
    return str(found.get("user", ""))[:LONGEST_SUBJECT]


def make_doctor_token() -> str:
    """Return a token by which the doctor gets to the door, and no further: what it is
    for is a signed order in the body."""
    return DOCTOR_PREFIX + _doctor_signer().sign("order")


def is_doctor_token(text: str) -> bool:
    """Whether our own doctor made `text`, not long ago."""
    if not text.startswith(DOCTOR_PREFIX):
        return False
    try:
        _doctor_signer().unsign(
            text.removeprefix(DOCTOR_PREFIX), max_age=DOCTOR_SECONDS
        )
    except BadSignature:
        return False
    return True


def _page_signer() -> TimestampSigner:
    return TimestampSigner(salt="chat.page")


def _doctor_signer() -> TimestampSigner:
    return TimestampSigner(salt="chat.doctor.door")
