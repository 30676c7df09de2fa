"""A certificate for 127.0.0.1, and the fixture that makes it once."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme


@dataclass
class Certificate:
    """For 127.0.0.1: files with what signed it, itself and its key."""

    authority: str
    chain: str
    key: str


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = Certificate(*(str(folder / name) for name in ("authority", "chain", "key")))
    authority.cert_pem.write_to_path(files.authority)
    issued.private_key_pem.write_to_path(files.key)
    for pem in issued.cert_chain_pems:
        pem.write_to_path(files.chain, append=True)
    return files
