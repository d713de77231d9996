"""responder drift-report: compare new posts with earlier ones, and report significant changes and actions."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from monitoring.models import DriftReport
from responder.classification import monitored_posts


class Command(BaseCommand):
    help = "Compare the newest posts with earlier ones. The scheduler runs this daily (light) and weekly (full)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", choices=DriftReport.Kind.values, default="full")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        report = monitored_posts.report_drift(kind=options["kind"])
        if options["json"]:
            self.stdout.write(json.dumps(monitored_posts.as_json(report), indent=1))
            return
        self.stdout.write(f"{report.verdict.upper()}: {report.summary}")
        self.stdout.write(
            f"{report.n_window:,} posts compared with {report.n_reference:,} earlier ones; action: {report.action}"
        )
        for signal in report.signals:
            self.stdout.write(f"  {signal['name']}: {signal['level']}. {signal['why']}")
