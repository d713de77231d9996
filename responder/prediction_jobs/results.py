"""A job's results as a streamed file in row order: NDJSON as in the API, or CSV for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from responder.errors import NotReady
from responder.exports import limits
from responder.models import PredictionJob
from responder.prediction_jobs import files
from responder.spreadsheets import safe
from responder.web.executors import EXPORTS

CONTENT_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
LINES_AT_ONCE = 200
COLUMNS = (
    "id", "category", "probability", "abstained", "language", "language_measured", "emergency",
    "emergency_probability", "priority", "priority_score",
    "needs", "place", "country_code", "latitude", "longitude", "radius_km", "model",
)  # fmt: skip


def results(job: PredictionJob, form: str = "ndjson") -> Iterator[str]:
    """The file's content, some lines at a time.

    Arguments:
        form: a key of CONTENT_TYPES.
    """
    lines = files.lines_of(job)
    if form == "csv":
        yield _row(COLUMNS)
        lines = (_row(_cells(json.loads(line))) for line in lines)
    while piece := "".join(islice(lines, LINES_AT_ONCE)):
        yield piece


def response(request: HttpRequest, job: PredictionJob, form: str) -> StreamingHttpResponse:
    """The file as a download. Raises NotReady while the job goes on, TooManyExports."""
    if not job.is_over:
        raise NotReady(_("The job is not finished yet. Try again in a few seconds."))
    return limits.counted(job.owner_id, lambda: _download(request, job, form))


def _download(request: HttpRequest, job: PredictionJob, form: str) -> StreamingHttpResponse:
    pieces = (piece.encode() for piece in results(job, form))
    content = EXPORTS.iterate(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(content, content_type=CONTENT_TYPES[form])
    stem = Path(job.name).stem.encode("ascii", "ignore").decode().replace('"', "") or "results"
    answer["Content-Disposition"] = f'attachment; filename="{stem}-predictions.{form}"'
    answer["X-Row-Count"] = str(job.rows_done)  # lets clients detect truncation
    return answer


def _cells(one: dict[str, Any]) -> list[Any]:
    place: dict[str, Any] = next((place for place in one["places"] if place["latitude"] is not None), {})
    language: dict[str, Any] = one.get("language", {})  # files of an older version have none
    return [
        one["id"], one["category"]["label"], one["category"]["probability"], one["category"]["abstained"],
        language.get("code"), language.get("measured"),
        one["emergency"]["label"], one["emergency"]["probability"], one["priority"]["label"], one["priority"]["score"],
        ";".join(one["needs_detected"]), place.get("name"), place.get("country_code"), place.get("latitude"),
        place.get("longitude"), place.get("radius_km"), f"{one['model']['name']} {one['model']['version']}",
    ]  # fmt: skip


def _row(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(cell) for cell in cells])
    return out.getvalue()
