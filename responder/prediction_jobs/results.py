"""A job's results as a file in row order: NDJSON as in the API, or CSV and Excel for spreadsheets."""

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

from responder import workbooks
from responder.errors import Invalid, NotReady
from responder.exports import limits
from responder.models import PredictionJob
from responder.prediction_jobs import files
from responder.spreadsheets import BOM, safe
from responder.web.executors import EXPORTS

CONTENT_TYPES = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": workbooks.CONTENT_TYPE,
}
LINES_AT_ONCE = 200
COLUMNS = (
    "id", "category", "probability", "abstained", "language", "language_measured", "emergency",
    "emergency_probability", "priority", "priority_score",
    "needs", "place", "country_code", "latitude", "longitude", "radius_km", "model",
)  # fmt: skip


def results(job: PredictionJob, form: str = "ndjson") -> Iterator[str]:
    """The content of a text file, some lines at a time.

    Arguments:
        form: `ndjson` or `csv`.
    """
    lines = files.lines_of(job)
    if form == "csv":
        yield _row(COLUMNS)
        lines = (_row(_cells(json.loads(line))) for line in lines)
    while piece := "".join(islice(lines, LINES_AT_ONCE)):
        yield piece


def response(request: HttpRequest, job: PredictionJob, form: str, *, for_people: bool = False) -> StreamingHttpResponse:
    """The file as a download.

    Arguments:
        form: a key of CONTENT_TYPES.
        for_people: whether a person opens the file, perhaps with Excel, and not a partner's program.

    Raises NotReady while the job goes on, Invalid for more rows than a workbook holds, TooManyExports.
    """
    if not job.is_over:
        raise NotReady(_("The job is not finished yet. Try again in a few seconds."))
    if form == "xlsx" and job.rows_done > workbooks.MOST_ROWS:
        given = {"rows": job.rows_done, "most": workbooks.MOST_ROWS}
        raise Invalid(_("The job has %(rows)d rows. An Excel file holds at most %(most)d rows. Choose CSV.") % given)
    return limits.counted(job.owner_id, lambda: _download(request, job, form, for_people=for_people))


def _content(job: PredictionJob, form: str, *, for_people: bool) -> Iterator[bytes]:
    if form == "xlsx":
        columns = [workbooks.Column(name, kind="id" if name == "id" else "value") for name in COLUMNS]
        rows = (_cells(json.loads(line)) for line in files.lines_of(job))
        yield from workbooks.pieces(columns, rows, sheet="predictions", about=[("File", job.name)])
        return
    if form == "csv" and for_people:
        yield BOM.encode()
    for piece in results(job, form):
        yield piece.encode()


def _download(request: HttpRequest, job: PredictionJob, form: str, *, for_people: bool) -> StreamingHttpResponse:
    pieces = _content(job, form, for_people=for_people)
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
