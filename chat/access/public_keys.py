"""The public keys of a client, by which tokens of its users are checked."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MOST = 5
LONGEST = 20_000  # characters; a key has 113
# No sign of the middle begins the end: a hostile text is read once.
_PEM = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{1,40})-----[A-Za-z0-9+/=\s]*-----END (?P=what)-----"
)


class NotPublicKeys(ValueError):
    """Says in a sentence what is wrong with them, and quotes nothing."""


def read_public_keys(text: str) -> list[Ed25519PublicKey]:
    """Return the Ed25519 keys of `text`, which has them in PEM one below the other.

    Raises NotPublicKeys. No text is no key.
    """
    if len(text) > LONGEST:
        raise NotPublicKeys(f"These are more than {LONGEST:,} characters.")
    if "PRIVATE" in text:
        raise NotPublicKeys(
            "This is a private key: only its owner may have it. Make a new pair, for"
            " this one has been shown, and give its public key."
        )
    if _PEM.sub("", text).strip():
        raise NotPublicKeys(
            "Public keys are in PEM, one below the other: each from -----BEGIN PUBLIC"
            " KEY----- to -----END PUBLIC KEY-----."
        )
    found = [_key(match[0]) for match in _PEM.finditer(text)]
    if len(found) > MOST:
        raise NotPublicKeys(f"A client has at most {MOST} public keys.")
    return found


def _key(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotPublicKeys("One of these is no public key that can be read.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotPublicKeys(
            "Only Ed25519 is taken: openssl genpkey -algorithm ed25519 makes a key."
        )
    return key
