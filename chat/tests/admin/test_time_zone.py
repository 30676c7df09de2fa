"""Times are those of whoever looks; UTC is told beside them, and in files and links."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chat.admin.time_zone import zone_of
from chat.tests import rows

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/requestlog/"
AT = datetime(2026, 1, 15, 23, 30, 5, tzinfo=UTC)
IN_BERLIN = (
    '<time datetime="2026-01-15T23:30:05+00:00" title="2026-01-15 23:30:05 UTC'
    ' · req_one">'
    "Jan 16{year} <b>00:30:05</b></time>"
)


def page_of(browser: httpx.Client, path: str, zone: str | None) -> str:
    cookies = {"time_zone": zone} if zone else {}
    for name, value in cookies.items():
        browser.cookies.set(name, value)
    return browser.get(path).text


def times(page: str) -> list[str]:
    return re.findall(r"<time [^>]*>.*?</time>", page)


@pytest.mark.parametrize("path", [LIST, f"{LIST}req_one/change/"])
def test_the_browsers_zone_and_utc_to_point_at(
    operator: httpx.Client, path: str
) -> None:
    rows.row(id="req_one", created_at=AT)
    page = page_of(operator, path, "Europe/Berlin")
    year = "" if datetime.now(UTC).year == 2026 else ", 2026"
    assert IN_BERLIN.format(year=year) in page
    assert "Times are those of Europe/Berlin" in page


@pytest.mark.parametrize(
    "zone", [None, "Middle/Earth", "../../etc/passwd", "a" * 5_000]
)
def test_without_one_that_is_known_it_is_the_admins(
    operator: httpx.Client, settings: Any, zone: str | None
) -> None:
    settings.ADMIN_TIME_ZONE = "Asia/Tokyo"
    rows.row(created_at=AT)
    page = page_of(operator, LIST, zone)
    assert "<b>08:30:05</b>" in page and "those of Asia/Tokyo" in page


def test_files_have_utc(operator: httpx.Client) -> None:
    rows.row(created_at=AT)
    text = page_of(operator, f"{LIST}export/csv/", "Europe/Berlin")
    assert "2026-01-15T23:30:05+00:00" in text


def test_the_next_request_is_not_told_in_the_zone_of_the_last(
    operator: httpx.Client,
) -> None:
    rows.row(created_at=AT)
    assert "00:30:05" in page_of(operator, LIST, "Europe/Berlin")
    operator.cookies.delete("time_zone")
    assert "23:30:05" in page_of(operator, LIST, None)


def test_days_are_those_of_the_admin_for_everybody(
    operator: httpx.Client, settings: Any
) -> None:
    settings.ADMIN_TIME_ZONE = "Asia/Tokyo"
    rows.row(id="req_one", created_at=AT)
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        page = page_of(operator, f"{LIST}?period=2026-01-16", zone)
        assert "req_one" in page
        assert ("days of Asia/Tokyo" in page) == (zone == "Europe/Berlin")
        assert "req_one" not in page_of(operator, f"{LIST}?period=2026-01-15", zone)


def test_only_names_of_zones_are_zones() -> None:
    assert str(zone_of("Europe/Berlin")) == "Europe/Berlin"
    for name in ("", "europe", "Europe/../UTC", "\0", "../UTC"):
        assert zone_of(name) is None
