"""The `responder` command: Django's management commands under the names people type, import-posts for import_posts.

What goes wrong as it may in operation (a wrong setting, a database that is down, a full disk) ends with a sentence on
standard error: status 2 if a retry needs a change first, else 1. `--traceback` shows where it happened.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from responder import __version__, commands, installation

MAKE_NEW = ("up", "init")  # always of `var` in the current folder
HELP = ("help", "--help", "-h")
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command. `arguments` are those after the program's name; default: the process's own."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _forget_current_folder()
    if arguments[:1] in (["--version"], ["-V"], ["version"]):
        print(f"responder {__version__}")
        return
    if not arguments or (arguments[0] in HELP and len(arguments) == 1):
        print(commands.overview())
        return
    if arguments[0] in HELP and arguments[1] in ("--all", "all"):
        arguments = ["help", "--all"]
    elif arguments[0] in HELP:
        arguments = [arguments[1], "--help"]
    with _failures_in_words(show_trace="--traceback" in arguments):
        _run(arguments)


def _run(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
    if arguments[0] in MAKE_NEW:
        installation.makes_new()
    try:
        _load()
    except installation.UnusableSettings as error:
        if arguments[0] == "doctor" and "--json" in arguments:
            _print_problems(error)
        raise
    from django.core.management import execute_from_command_line, get_commands

    known = sorted({*commands.SUMMARIES, *(name.replace("_", "-") for name in get_commands())})
    if arguments == ["help", "--all"]:
        others = ", ".join(name for name in known if name not in commands.SUMMARIES)
        print(f"{commands.overview()}\n\nCommands of Django and of other packages:\n  {others}")
        return
    if arguments[0].replace("_", "-") not in known:
        print(commands.suggestion(arguments[0], known), file=sys.stderr)
        sys.exit(2)
    _say_which_installation(arguments[0])
    execute_from_command_line(["responder", *_module_names(arguments)])


def _load() -> None:
    """Import Django and the apps with garbage collection off, which saves a fifth of the time."""
    gc.disable()
    import django
    from django.core.management import execute_from_command_line  # noqa: F401

    django.setup()
    gc.freeze()
    gc.enable()


def _say_which_installation(command: str) -> None:
    """Name the installation on standard error where it is not the one that anybody would expect."""
    from django.conf import settings

    where = getattr(settings, "LOCATION", None)
    if where is None:
        return
    if where.remembered:
        print(f"Using the installation in {settings.DATA_DIR}. Set RESPONDER_DATA_DIR to use another.", file=sys.stderr)
    elif command in MAKE_NEW and not os.environ.get("RESPONDER_DATA_DIR"):
        other = installation.other_than(settings.DATA_DIR)
        if other and not (settings.DATA_DIR / "responder.sqlite3").exists():
            print(
                f"Starting a new installation in {settings.DATA_DIR}. The one in {other} was used last: "
                "set RESPONDER_DATA_DIR to use that.",
                file=sys.stderr,
            )


@contextmanager
def _failures_in_words(*, show_trace: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has closed it
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        found = _in_words(error)
        if show_trace or found is None:
            raise
        words, status = found
        print(words, file=sys.stderr)
        sys.exit(status)


def _in_words(error: Exception) -> tuple[str, int] | None:
    """(sentence, exit status) of an error that operation brings; None for one of our own making."""
    if isinstance(error, installation.UnusableSettings):
        return str(error), 2
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}.", 2
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, InterfaceError

    if isinstance(error, ImproperlyConfigured):
        return f"Responder can't start with these settings: {error}", 2
    if isinstance(error, (DatabaseError, InterfaceError)):
        return _of_database(error)
    return _of_work(error)


def _of_database(error: Exception) -> tuple[str, int]:
    text = " ".join(str(error).split())
    if "no such table" in text or "does not exist" in text or "no such column" in text:
        from django.conf import settings

        return (
            f"The database doesn't have the tables of this version ({text[:200]}). Run: responder migrate. If the data is "
            f"elsewhere, set RESPONDER_DATA_DIR (it is {settings.DATA_DIR}) or DATABASE_URL.",
            2,
        )
    return f"The database can't be used: {text[:300]} Run: responder doctor.", 1


def _of_work(error: Exception) -> tuple[str, int] | None:
    from redis.exceptions import RedisError

    from classifier.errors import ClassifierError
    from responder.errors import ResponderError

    if isinstance(error, RedisError):
        return f"Redis can't be used: {' '.join(str(error).split())[:300]} Run: responder doctor.", 1
    if isinstance(error, (ClassifierError, ResponderError)):
        return str(error), 1
    return None


def _print_problems(error: installation.UnusableSettings) -> None:
    """What `responder doctor --json` prints where no other check can run."""
    import json

    checks = [{"check": "settings", "state": "failed", "message": one, "action": ""} for one in error.problems]
    print(json.dumps({"state": "failed", "checks": checks}, indent=2))


def _forget_current_folder() -> None:
    """Import nothing from the folder that a command is called from, unless it is the one that holds the product."""
    with suppress(FileNotFoundError):  # the folder is gone
        here = Path.cwd()
        if here == Path(__file__).resolve().parents[1]:
            return
        sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]


def _module_names(arguments: list[str]) -> list[str]:
    """The command's name with hyphens as the module name that Python allows."""
    return [arguments[0].replace("-", "_"), *arguments[1:]]


if __name__ == "__main__":
    main()
