"""Lists what deployments and pipelines take by a name that can be moved: images without a digest, actions without a commit.

`python scripts/pins.py` prints the list; with `--strict` it exits with 1 while the list is not empty. A digest can be
looked up only where the registry can be reached: docs/how-to/deploy.md says how.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = (
    ".github/workflows/*.yml", "azure-pipelines.yml", "compose.yaml", "Dockerfile", "deploy/azure/environments/*.yml",
    "classifier/azure/jobs.py", "classifier/azure/deployments.py",
)  # fmt: skip
ACTION = re.compile(r"\buses:\s*['\"]?([^\s'\"@]+@[^\s'\"#]+)")
IMAGES = (
    re.compile(r"^\s*(?:-\s*)?image:\s*['\"]?([^\s'\"#]+)"),
    re.compile(r"^FROM\s+(\S+:\S+)"),
    re.compile(r"\bdocker run\b.*?\s((?:[\w.-]+/)+[\w.-]+:[\w.-]+)"),
    re.compile(r"^[A-Z_]*IMAGE[A-Z_]* = ['\"]([^'\"]+)"),
)
OWN = ("responder:", "responder-")  # built from this repository


def is_pinned(reference: str) -> bool:
    """Whether an image names a digest, or an action a commit."""
    return bool(re.search(r"@sha256:[0-9a-f]{64}$|@[0-9a-f]{40}$", reference))


def unpinned() -> Iterator[tuple[str, int, str]]:
    """(file, line, reference) of everything that is taken by a tag."""
    for pattern in FILES:
        for path in sorted(ROOT.glob(pattern)):
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                for reference in _references(line):
                    if not is_pinned(reference) and not reference.startswith(OWN):
                        yield str(path.relative_to(ROOT)), number, reference


def _references(line: str) -> list[str]:
    if line.lstrip().startswith("#"):
        return []
    return [found for pattern in (ACTION, *IMAGES) for found in pattern.findall(line)]


def main(arguments: list[str]) -> int:
    found = list(unpinned())
    for file, number, reference in found:
        print(f"{file}:{number}: {reference}")
    print(f"{len(found)} references can be moved by whoever owns their tag." if found else "Everything is pinned.")
    return 1 if found and "--strict" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
