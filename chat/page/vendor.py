"""Fetches the page's libraries as the npm registry has them: `make vendor`.

`make vendor ARGS="dompurify@3.4.18"` takes that version from now on. What is taken, and
what it must be, is in the manifest; package names, versions and licences are npm's own.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "static" / "chat" / "vendor"
MANIFEST = FOLDER / "manifest.json"
# Maps are larger than what they map, and a map that is named and not there is a 404.
SOURCE_MAP = re.compile(rb"(?<!\s)\s*+(?://|/\*)# sourceMappingURL=\S+(?:\s*\*/)?\s*\Z")

Package = dict[str, Any]


def read() -> list[Package]:
    """The packages: name, version, licence, integrity, and `files` by their path here.

    Of a file: where it is in the package (`from`) and its `sha256` here. `imports`,
    where a package has them, are other packages by the path that is imported here
    instead: a browser knows no packages.
    """
    packages: list[Package] = json.loads(MANIFEST.read_text())
    return packages


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def renew(versions: dict[str, str]) -> None:
    """Fetch every package, and those of `versions` in that version from now on."""
    packages = read()
    if unknown := versions.keys() - {package["package"] for package in packages}:
        raise SystemExit(f"Not in the manifest: {', '.join(sorted(unknown))}.")
    for package in packages:
        version = versions.get(package["package"], package["version"])
        if version != package["version"]:
            package |= {"version": version, "integrity": ""}
        _take(package)
    MANIFEST.write_text(json.dumps(packages, indent=2) + "\n")


def _take(package: Package) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = _fetched(f"{package['package']}@{package['version']}", folder)
        digest = hashlib.sha512(archive.read_bytes()).digest()
        integrity = "sha512-" + base64.b64encode(digest).decode()
        if integrity != (package["integrity"] or integrity):
            raise SystemExit(f"{archive.name} is not what it was: {integrity}.")
        package["integrity"] = integrity
        with tarfile.open(archive) as members:
            package["licence"] = json.loads(_read(members, "package.json"))["license"]
            for name, file in package["files"].items():
                path = FOLDER / name
                path.parent.mkdir(parents=True, exist_ok=True)
                content = SOURCE_MAP.sub(b"\n", _read(members, file["from"]))
                for name, place in package.get("imports", {}).items():
                    content = content.replace(_import(name), _import(place))
                path.write_bytes(content)
                file["sha256"] = sha256(path)


def _fetched(wanted: str, folder: str) -> Path:
    command = ["npm", "pack", "--silent", "--pack-destination", folder, wanted]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return next(Path(folder).glob("*.tgz"))


def _import(name: str) -> bytes:
    return f' from "{name}"'.encode()


def _read(members: tarfile.TarFile, name: str) -> bytes:
    member = members.extractfile(f"package/{name}")
    assert member is not None, name
    return member.read()


if __name__ == "__main__":
    wanted = (word.rpartition("@") for word in sys.argv[1:])
    renew({name: version for name, _, version in wanted})
