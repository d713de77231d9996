"""responder basemap build|read: base map files."""

from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder import basemaps, database
from responder.basemaps import building
from responder.errors import ResponderError

MOST_ZOOM = 16


class Command(BaseCommand):
    help = "Make base map files, and read those that were placed in the data directory."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a sub-parser per action; `run` names the method that implements it."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

        action = actions.add_parser("build", help="make a PMTiles file from GeoJSON and GeoPackage files")
        action.add_argument(
            "input",
            nargs="+",
            metavar="INPUT",
            help="file, or LAYER=FILE to name its layer, such as roads=streets.geojson",
        )
        action.add_argument(
            "--output", required=True, type=Path, metavar="FILE", help="file to write, ending in .pmtiles"
        )
        action.add_argument("--name", default="", help="what the map's menu calls it; default: the file's name")
        action.add_argument("--attribution", default="", help="whose data it is; it stands on the map")
        action.add_argument("--min-zoom", type=int, default=0, help="lowest zoom of the tiles (default: 0)")
        action.add_argument(
            "--max-zoom",
            type=int,
            default=14,
            help="highest zoom of the tiles; maps draw closer ones from it (default: 14)",
        )
        action.set_defaults(run=self.build)

        action = actions.add_parser(
            "read", help="add files that were placed in the folder basemaps of the data directory"
        )
        action.set_defaults(run=self.read)

    def handle(self, **options: Any) -> None:
        try:
            options["run"](**options)
        except (ResponderError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error

    def build(self, *, input: list[str], output: Path, min_zoom: int, max_zoom: int, **options: Any) -> None:
        if not 0 <= min_zoom <= max_zoom <= MOST_ZOOM:
            raise CommandError(f"The zooms must be from 0 to {MOST_ZOOM}, the lowest first.", returncode=2)
        built = building.build(
            input,
            output,
            name=options["name"],
            attribution=options["attribution"],
            min_zoom=min_zoom,
            max_zoom=max_zoom,
        )
        layers = ", ".join(f"{layer} {count:,}" for layer, count in sorted(built.features.items()))
        self.stdout.write(f"{built.path}: {built.size:,} bytes; features: {layers}")

    def read(self, **_options: Any) -> None:
        database.prepare()
        report = basemaps.read_folder(by=None)
        for name in report.added:
            self.stdout.write(f"added: {name}")
        for name in report.changed:
            self.stdout.write(f"read again: {name}")
        for name, reason in report.refused:
            self.stderr.write(f"{name}: {reason}")
        if report.refused:
            raise CommandError(f"Files that could not be used: {len(report.refused)}", returncode=1)
        if not report.added and not report.changed:
            self.stdout.write(f"There is nothing new in {basemaps.root()}.")
