"""responder accuracy-report: how right the model was, estimated, audited and as triage saw it; each with its interval."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from monitoring.models import AccuracyWindow
from responder.classification import monitored_posts


class Command(BaseCommand):
    help = "Measure the accuracy of last week and this week. The scheduler runs this every Monday."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        rows = monitored_posts.report_accuracy()
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(row) for row in rows], indent=1))
            return
        for row in rows:
            figures = "not enough data" if row.point is None else f"{row.point:.3f} ({row.low:.3f}–{row.high:.3f})"
            alarm = "  ALARM" if row.alarm else ""
            self.stdout.write(
                f"{row.window_to:%Y-%m-%d} {row.kind} {row.metric} {row.label}: {figures}, n = {row.n}{alarm}"
            )


def _as_json(row: AccuracyWindow) -> dict[str, Any]:
    fields = (
        "kind",
        "metric",
        "label",
        "n",
        "point",
        "low",
        "high",
        "baseline",
        "method",
        "model",
        "label_lag_hours",
        "alarm",
    )
    return {name: getattr(row, name) for name in fields} | {
        "window_from": row.window_from.isoformat(), "window_to": row.window_to.isoformat(),
    }  # fmt: skip
