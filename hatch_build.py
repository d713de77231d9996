"""Compiles the translations under `responder/locale` for the wheel; `scripts/setup.sh` runs it for a checkout.

The compiled files (`.mo`) are no part of the repository. Babel writes them, so that nobody needs gettext to start the product.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_translations(root: Path) -> list[Path]:
    """Compile what is newer than its compiled file, or has none. Returns the files that were written.

    Arguments:
        root: folder of the repository or of the unpacked source distribution.
    """
    written = []
    for source in sorted(root.glob("responder/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3])
        part = target.with_suffix(".part")  # a process that starts meanwhile reads the old file or the new one
        with part.open("wb") as content:
            write_mo(content, catalogue)
        part.replace(target)
        written.append(target)
    return written


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it collects the files of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_translations(Path(self.root))


if __name__ == "__main__":
    compile_translations(Path(__file__).parent)
