"""Whose share of the places an exchange takes."""

import ipaddress
from typing import Any

import pytest

from chat.address import UNKNOWN
from chat.exchange.places import sharer_of


@pytest.mark.parametrize(
    ("address", "sharer"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:443", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("", UNKNOWN),
        ("rubbish" * 1000, UNKNOWN),
        ("10.1.2.3", None),
        ("[::ffff:10.1.2.3]:80", None),
        ("127.0.0.1", None),
        ("::1", None),
        (None, None),
    ],
)
def test_addresses_share(settings: Any, address: str, sharer: str | None) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]

    assert sharer_of(address) == sharer
