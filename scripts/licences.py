"""Writes docs/reference/licences.md: every package that an installation with training holds, with its licence.

Reads what is installed; packages of the lock for Python 3.11 alone. `make sbom` gives the same to programs.
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "py311-run.txt"
HEAD = """# Licences of what is installed

Written by `scripts/licences.py` from the lock file of Python 3.11 and the packages' own metadata. The model's weights follow
their data's terms (see its card); files under `static/vendor/` carry their own licence files; the gazetteer is
GeoNames, CC BY 4.0; the base map Natural Earth, public domain.

| Package | Version | Licence |
|---|---|---|
"""


def licence(name: str) -> str:
    """From the expression, else the classifiers, else the first line of the licence field."""
    held = metadata(name)
    if expression := held.get("License-Expression"):
        return str(expression)
    classified = [c.split(" :: ")[-1] for c in held.get_all("Classifier") or [] if c.startswith("License ::")]
    if classified:
        return ", ".join(sorted(set(classified)))
    return (held.get("License") or "see its files").strip().splitlines()[0][:60].replace("|", "/")


def main() -> None:
    rows = []
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", LOCK.read_text(), re.M):
        try:
            rows.append(f"| {name} | {version} | {licence(name)} |")
        except PackageNotFoundError:
            rows.append(f"| {name} | {version} | not installed here |")
    (ROOT / "docs/reference/licences.md").write_text(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
