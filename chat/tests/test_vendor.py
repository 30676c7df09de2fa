"""The libraries of others that are served from here are what they say they are."""

import re

import pytest

from chat.page import vendor

FILES = {
    name: (package, file)
    for package in vendor.read()
    for name, file in package["files"].items()
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_it_was_released(name: str) -> None:
    package, file = FILES[name]
    assert vendor.sha256(vendor.FOLDER / name) == file["sha256"]
    assert re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])


def test_no_file_is_there_that_the_manifest_does_not_know() -> None:
    there = {path for path in vendor.FOLDER.rglob("*") if path.is_file()}
    known = {vendor.FOLDER / name for name in FILES} | {vendor.MANIFEST}
    assert there == known
    names = [package["package"] for package in vendor.read()]
    assert len(names) == len(set(names))


def test_every_library_has_its_licence_beside_it() -> None:
    folders = {path.name for path in vendor.FOLDER.iterdir() if path.is_dir()}
    assert {"markdown-it", "dompurify", "highlight.js"} <= folders
    for folder in folders:
        assert "opyright" in (vendor.FOLDER / folder / "LICENSE").read_text(), folder
    for package in vendor.read():
        kinds = re.findall(r"MIT|BSD-[23]-Clause|Apache-2.0", package["licence"])
        assert kinds, package["package"]


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(("js", "css"))])
def test_a_file_asks_for_nothing_that_is_not_there(name: str) -> None:
    script = (vendor.FOLDER / name).read_text()
    assert "sourceMappingURL" not in script
    assert not re.search(r"^(?:im|ex)port .*from\s*[\"'][^./]", script, re.M)
