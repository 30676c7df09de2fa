"""Addresses as servers and proxies write them."""

import pytest

from chat.address import UNKNOWN, group_of, read_address

V6 = "2001:db8:1:2:3:4:5:6"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("[192.0.2.7]:51234", "192.0.2.7"),
        (V6, V6),
        (f"[{V6}]", V6),
        (f"[{V6}]:443", V6),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
    ],
)
def test_an_address_is_read_in_every_form(text: str, address: str) -> None:
    assert str(read_address(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "unknown", "_hidden", "/run/chat.sock", "192.0.2", "192.0.2.7.9"),
        *("[", "[]", "a" * 1_000_000, "1" * 5000, ":", "::::", "192.0.2.٧"),
        *("\x00", "\ud800", "1.2.3.4, 5.6.7.8"),
    ],
)
def test_rubbish_is_no_address(text: str | None) -> None:
    assert read_address(text) is None
    assert group_of(text) == UNKNOWN


def test_neighbours_in_a_64_count_as_one_and_others_do_not() -> None:
    assert group_of("2001:db8:1:2::1") == group_of("[2001:db8:1:2:ffff::9]:80")
    assert group_of("2001:db8:1:2::1") != group_of("2001:db8:1:3::1")
    assert group_of("192.0.2.7:1") == group_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert group_of("192.0.2.7") != group_of("192.0.2.8")
