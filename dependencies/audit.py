"""`make audit`: is a vulnerability known of what production installs?

The exit status is 0 if none is, 1 if one is, and 2 if not everything could be examined.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = "requirements.lock"
BASE_DIR = Path(__file__).resolve().parent.parent
FOUND, NOT_EXAMINED = 1, 2
UNREACHABLE = "PyPI's database of vulnerabilities cannot be reached or does not know it"


def main(lock: str = LOCK) -> int:
    """Print what is known of the packages of `lock`; return the exit status."""
    done = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", lock),
            *("--require-hashes", "--disable-pip"),  # as they stand, nothing resolved
            *("--format", "json", "--progress-spinner", "off"),
        ],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
    )
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        print(f"Nothing of {lock} was examined, for {UNREACHABLE}:")
        print(f"  {_printable(last[0])}")
        return NOT_EXAMINED
    return _report(lock, packages)


def _report(lock: str, packages: list[dict[str, Any]]) -> int:
    # What its database does not know, or does not answer for, it skips with status 0.
    skipped = [package for package in packages if "vulns" not in package]
    known = [
        (package, vulnerability)
        for package in packages
        for vulnerability in package.get("vulns", [])
    ]
    for package, vulnerability in known:
        mended = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        words = f"{package['name']} {package['version']}: {vulnerability['id']}"
        print(_printable(f"{words}, mended in {mended}"))
    examined = len(packages) - len(skipped)
    print(f"{examined} of {len(packages)} packages of {lock} were examined.")
    if not packages or skipped:
        print(f"The rest was not, for {UNREACHABLE}:")
        for package in skipped[:3]:
            print(_printable(f"  {package.get('skip_reason')}"))
    if known:
        return FOUND
    return NOT_EXAMINED if not packages or skipped else 0


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:500])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
