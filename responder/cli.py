"""The `responder` command: Django's management commands under the names people type, import-posts for import_posts."""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

from responder import __version__


def main(arguments: list[str] | None = None) -> None:
    """Run one command. `arguments` are those after the program's name; default: the process's own."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _forget_current_folder()
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"responder {__version__}")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
    _load()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["responder", *_module_names(arguments)])


def _load() -> None:
    """Import Django and the apps with garbage collection off, which saves a fifth of the time."""
    gc.disable()
    import django
    from django.core.management import execute_from_command_line  # noqa: F401

    django.setup()
    gc.freeze()
    gc.enable()


def _forget_current_folder() -> None:
    """Import nothing from the folder that a command is called from, unless it is the one that holds the product."""
    with suppress(FileNotFoundError):  # the folder is gone
        here = Path.cwd()
        if here == Path(__file__).resolve().parents[1]:
            return
        sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]


def _module_names(arguments: list[str]) -> list[str]:
    """Command names with hyphens as the module names that Python allows."""
    position = 1 if arguments[:1] == ["help"] else 0
    return [a.replace("-", "_") if i == position and not a.startswith("-") else a for i, a in enumerate(arguments)]


if __name__ == "__main__":
    main()
