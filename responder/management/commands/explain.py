"""responder explain: start the Streamlit app, by default only on this machine."""

import importlib.util
import os
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

import responder
from classifier import children

APP = Path(responder.__file__).parent / "explain_app" / "app.py"
# No word to Streamlit's makers, no link to their cloud, and no trace of code in the page.
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "20",
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "theme.base": "light",
    "theme.primaryColor": "#1a5fb4",
    "theme.textColor": "#1a1d21",
    "theme.grayTextColor": "#4a5260",
}


class Command(BaseCommand):
    help = "Upload a file, predict through the API, and see why: a Streamlit app. Needs the extra [explain]."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", help="the Responder server; default: RESPONDER_URL, else http://127.0.0.1:8000")
        parser.add_argument("--host", default="127.0.0.1", help="address of the app; the app itself has no sign-in")
        parser.add_argument("--port", type=int, default=8501)

    def handle(self, **options: Any) -> None:
        if importlib.util.find_spec("streamlit") is None:
            raise CommandError("Streamlit is not installed. Run: pip install 'relief-responder[explain]'", returncode=2)
        environment = children.environment()
        if options["url"]:
            environment["RESPONDER_URL"] = options["url"]
        chosen = OPTIONS | {"server.address": options["host"], "server.port": str(options["port"])}
        arguments = children.python("streamlit", "run", str(APP))
        arguments += [part for name, value in chosen.items() for part in (f"--{name}", value)]
        os.chdir(children.FOLDER)  # Streamlit reads its settings and secrets from the current folder too
        os.execve(arguments[0], arguments, environment)  # noqa: S606  its own process: Ctrl-C ends it
