"""responder doctor: checks the installation and says what to do."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from responder.doctor import findings, running

STYLES = {"ok": "SUCCESS", "warning": "WARNING", "failed": "ERROR", "skipped": "NOTICE"}


class Command(BaseCommand):
    help = (
        "Check settings, keys, database, Redis, disk, clock, model, mail, feeds, processes and backups, and say what to do. "
        "Exit code 0: nothing failed; 1: warnings, with --strict; 2: something failed."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--strict", action="store_true", help="exit 1 if there are warnings")

    def handle(self, **options: Any) -> None:
        found = []
        for finding in running.run():
            found.append(finding)
            if not options["json"]:
                self._show(finding)
        state = findings.worst(found)
        if options["json"]:
            self.stdout.write(json.dumps({"state": state, "checks": [asdict(one) for one in found]}, indent=2))
        else:
            self.stdout.write(_summary(found))
        if state == "failed":
            sys.exit(2)
        if state == "warning" and options["strict"]:
            sys.exit(1)

    def _show(self, finding: findings.Finding) -> None:
        style = getattr(self.style, STYLES[finding.state])
        self.stdout.write(f"{style(f'{finding.state:<8}')} {finding.check:<11} {finding.message}")
        if finding.action:
            self.stdout.write(f"{'':<21}→ {finding.action}")
        self.stdout.flush()


def _summary(found: list[findings.Finding]) -> str:
    counts = {state: sum(one.state == state for one in found) for state in STYLES}
    said = [
        f"{count} {'warnings' if state == 'warning' and count > 1 else state}"
        for state, count in counts.items()
        if count
    ]
    return f"\n{', '.join(said)}."
