"""responder init: the first run in a terminal."""

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from responder import installation
from responder.errors import InvalidFields, NotPermitted
from responder.first_run import links, terminal

LONGEST_PASSWORD = 4096
QUESTIONS = {
    "organisation": "Name of your organisation",
    "language": "Language",
    "time_zone": "Time zone",
    "username": "User name of the first administrator",
    "name": "Their full name",
    "email": "Their email address (may be empty)",
    "event": "Name of a first event (empty: none yet)",
    "countries": "Its countries, as codes such as MZ,MW (may be empty)",
}
SECRET = ("password", "again")


class Command(BaseCommand):
    help = (
        "Set up an installation: the organisation's name, language and time zone, the first administrator, and optionally a "
        "first event. Asks for what is not given. Changes nothing where there is an administrator already."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        for name, question in QUESTIONS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", help=question)
        parser.add_argument(
            "--password-file", metavar="FILE",
            help="file whose first line is the password; - for standard input. There is no option for the password itself, because other users of the machine could read it",
        )  # fmt: skip
        parser.add_argument(
            "--no-input", "--noinput", action="store_true", help="ask nothing; fail if something needed is not given"
        )

    def handle(self, **options: Any) -> None:
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        installation.remember(settings.DATA_DIR, settings.ENV_FILE)
        if not links.needed():
            self.stdout.write("This installation has an administrator already. Nothing was changed.")
            return
        asks = not options["no_input"]
        if asks and not sys.stdin.isatty():
            raise CommandError(
                "Standard input is not a terminal. Give everything as options, with --no-input and --password-file.",
                returncode=2,
            )
        given = {name: options[name] for name in QUESTIONS}
        answers = self._answers(given, asks=asks, password_file=options["password_file"])
        self._tell(self._store(answers, asks=asks))

    def _answers(self, given: dict[str, str | None], *, asks: bool, password_file: str | None) -> dict[str, str]:
        answers: dict[str, str] = {}
        for name in QUESTIONS:
            if name == "countries" and not answers["event"]:
                answers[name] = ""
                continue
            found = given[name]
            answers[name] = found if found is not None else _ask(name) if asks else _default(name)
        if password_file:
            answers["password"] = answers["again"] = _password_of(password_file)
        elif asks:
            answers |= {name: _ask(name) for name in SECRET}
        else:
            raise CommandError("Give the administrator's password with --password-file FILE, or - .", returncode=2)
        return answers

    def _store(self, answers: dict[str, str], *, asks: bool) -> terminal.Started:
        """Store the answers; in a terminal, ask again for those that are wrong."""
        while True:
            try:
                return terminal.start(answers)
            except InvalidFields as error:
                lines = [f"{_option(name)}: {text}" for name, text in error.fields.items()]
                if not asks:
                    raise CommandError("Nothing was stored.\n" + "\n".join(lines), returncode=2) from error
                self.stderr.write("\n".join(lines))
                again = set(error.fields) | (set(SECRET) if set(SECRET) & set(error.fields) else set())
                answers |= {name: _ask(name) for name in (*QUESTIONS, *SECRET) if name in again}
            except NotPermitted:  # somebody used the link in the meantime
                raise CommandError(
                    "Somebody else has created an administrator in the meantime.", returncode=1
                ) from None

    def _tell(self, started: terminal.Started) -> None:
        lines = ["", f"The administrator {started.administrator.username} was created."]
        if started.event:
            lines.append(f"The event “{started.event.name}” was created.")
        lines += ["", "Next:"]
        if settings.PRODUCTION:
            lines.append("  Start the services, or `responder up` behind your proxy, and sign in.")
        else:
            lines.append("  responder up        start Responder, then sign in at the address that it prints")
        lines += [
            "  responder doctor    check that nothing is missing",
            "  On the page: invite people, connect a source or import a file.",
        ]
        self.stdout.write("\n".join(lines))


def _ask(name: str) -> str:
    """An answer from the terminal. Passwords are not shown."""
    if name in SECRET:
        return getpass.getpass("Password (12 characters or more): " if name == "password" else "Repeat the password: ")
    default = _default(name)
    return input(f"{QUESTIONS[name]}{f' [{default}]' if default else ''}: ").strip() or default


def _default(name: str) -> str:
    return {"language": settings.LANGUAGE_CODE, "time_zone": _time_zone()}.get(name, "")


def _time_zone() -> str:
    """The time zone of this machine; UTC if it does not say."""
    link = os.path.realpath("/etc/localtime")
    _, found, zone = link.partition("/zoneinfo/")
    return zone if found and zone not in ("Etc/UTC", "UCT", "Zulu", "Universal") else "UTC"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}" if name in QUESTIONS else "Password"


def _password_of(file: str) -> str:
    """The first line of a file or of standard input."""
    try:
        with sys.stdin if file == "-" else Path(file).open(encoding="utf-8") as source:
            return source.readline(LONGEST_PASSWORD).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CommandError(f"The password can't be read from {file}: {reason}.", returncode=2) from error
