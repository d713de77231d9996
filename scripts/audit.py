"""Compares the locked packages with a file of known vulnerabilities, without a network.

`python scripts/audit.py [ADVISORIES]`: a zip or folder of OSV records (osv.dev offers one of all of PyPI), or the JSON
of safety-db. The product brings no such file: the one that installs from the package index dates from July 2021 and
may not be used commercially. Without a file this says that nothing was compared; `--require` makes that an error.
CI asks the live database each week (.github/workflows/security.yml). Exit codes: 0, 1 something found, 2 not run.
"""

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.M)
STALE = timedelta(days=30)
NOT_RUN = (
    "NOT RUN: no file of advisories was given, so known vulnerabilities were not looked for. "
    "Give one: make audit ADVISORIES=all.zip (OSV records of PyPI, fetched where there is a network)."
)


def locked() -> dict[str, set[str]]:
    """Package → versions, over all lock files."""
    found: dict[str, set[str]] = {}
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        for name, version in LOCKED.findall(lock.read_text()):
            found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def records(path: Path) -> Iterator[dict[str, Any]]:
    """OSV records of a zip, a folder or one file."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield json.loads(archive.read(name))
    else:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            yield json.loads(file.read_text())


def hits_of_osv(record: dict[str, Any], versions: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """(package, version, advisory) for what a record says of the locked versions."""
    if record.get("withdrawn"):
        return
    for affected in record.get("affected", []):
        package = affected.get("package", {})
        name = canonicalize_name(package.get("name", ""))
        if package.get("ecosystem") != "PyPI":
            continue
        for version in versions.get(name, ()):
            in_range = any(_in_range(version, one) for one in affected.get("ranges", []) if one["type"] == "ECOSYSTEM")
            if version in affected.get("versions", []) or in_range:
                yield name, version, f"{record['id']}: {record.get('summary') or record.get('details', '')[:120]}"


def _in_range(version: str, described: dict[str, Any]) -> bool:
    """Whether events (`introduced`, `fixed`, `last_affected`), in order, leave this version affected."""
    affected, ours = False, Version(version)
    for event in sorted(described["events"], key=lambda one: _version(next(iter(one.values())))):
        ((kind, value),) = event.items()
        if kind == "introduced" and ours >= _version(value):
            affected = True
        elif (kind == "fixed" and ours >= _version(value)) or (kind == "last_affected" and ours > _version(value)):
            affected = False
    return affected


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def hits_of_safety(database: dict[str, Any], versions: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """The same of safety-db's one file."""
    for name, entries in database.items():
        for version in versions.get(canonicalize_name(name), ()):
            for entry in entries:
                if any(SpecifierSet(spec).contains(version, prereleases=True) for spec in entry["specs"]):
                    yield canonicalize_name(name), version, f"{entry['id']}: {entry['advisory'][:120]}"


def compare(path: Path, versions: dict[str, set[str]]) -> tuple[set[tuple[str, str, str]], int, datetime]:
    """(what was found, how many advisories were read, when the newest of them was written)."""
    found, count, newest = set[tuple[str, str, str]](), 0, datetime.min.replace(tzinfo=UTC)
    for record in records(path):
        if "$meta" in record:
            found |= set(hits_of_safety({k: v for k, v in record.items() if k != "$meta"}, versions))
            count, newest = count + len(record) - 1, datetime.fromtimestamp(record["$meta"]["timestamp"], UTC)
            continue
        found |= set(hits_of_osv(record, versions))
        count, newest = count + 1, max(newest, datetime.fromisoformat(record["modified"].replace("Z", "+00:00")))
    return found, count, newest


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("advisories", nargs="?", type=Path)
    parser.add_argument("--require", action="store_true", help="fail when there is no file to compare with")
    options = parser.parse_args(arguments)
    if options.advisories is None or not options.advisories.exists():
        print(NOT_RUN)
        return 2 if options.require or options.advisories else 0
    versions = locked()
    found, count, newest = compare(options.advisories, versions)
    for name, version, advisory in sorted(found):
        print(f"{name} {version}: {advisory}")
    print(f"{len(versions)} packages against {count} advisories, the newest of {newest:%d %B %Y}: {len(found)} found.")
    if datetime.now(UTC) - newest > STALE:
        print("These advisories are more than 30 days old: what became known since is not in them.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
