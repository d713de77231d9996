"""The prediction jobs API: uploaded files of texts, classified by the queue."""

import hashlib
import shutil
from contextlib import closing
from typing import IO, Any, cast

from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile, UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.base import ApiView, Choice
from classifier.api.views import LengthRequired
from responder import prediction_jobs, workbooks
from responder.api import repeating
from responder.api.exports import AnyAccept
from responder.errors import TooLarge
from responder.models import PredictionJob

BLOCK = 1 << 16
AROUND = 100_000  # bytes of a form around its file
MEDIA_TYPES = {"text/csv": "csv", "text/tab-separated-values": "tsv", "application/x-ndjson": "ndjson"}
REF = OpenApiParameter("ref", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
TOLD = (
    "name", "state", "progress", "rows_done", "rows_bad", "bad_rows", "rows_repaired", "repaired_rows", "error", "model", "created_at", "finished_at",
    "expires_at",
)  # fmt: skip
GONE = {404: "The job does not exist or has expired."}


class OptionsSerializer(serializers.Serializer):
    format = Choice(  # type: ignore[assignment]
        choices=prediction_jobs.FORMATS,
        required=False,
        help_text="Default: detected from the file name, else from the content",
    )
    text_column = serializers.CharField(default="text", max_length=100, help_text="Column or key with the text")
    id_column = serializers.CharField(
        default="id",
        max_length=100,
        help_text="Column returned as the prediction's id; default: the row number",
    )


class NamedSerializer(OptionsSerializer):
    name = serializers.CharField(required=False, max_length=100, help_text="File name, if the file is the request body")


class ResultQuerySerializer(serializers.Serializer):
    format = Choice(choices=list(prediction_jobs.CONTENT_TYPES), default="ndjson")  # type: ignore[assignment]


@extend_schema_field(OpenApiTypes.BINARY)
class FileField(serializers.FileField):
    """A file that is sent; the generator takes one for an address."""


class UploadSerializer(OptionsSerializer):
    file = FileField(help_text="CSV, TSV, xlsx, ods, JSON or NDJSON, in any encoding")


class BadRowSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Line of the file, from 1")
    reason = serializers.CharField()


class JobSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="ref")
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=PredictionJob.State.values)
    progress = serializers.FloatField(min_value=0, max_value=1)
    rows_done = serializers.IntegerField(help_text="Predictions that are stored")
    rows_bad = serializers.IntegerField(help_text="Rows that could not be read; the others are classified")
    bad_rows = BadRowSerializer(many=True, help_text="The first 1,000 unreadable rows")
    rows_repaired = serializers.IntegerField(help_text="Rows that were changed so that they could be read")
    repaired_rows = BadRowSerializer(many=True, help_text="The first 1,000 repaired rows, and what was changed")
    error = serializers.CharField(allow_blank=True, help_text="Why the job failed")
    model = serializers.CharField(
        allow_blank=True, help_text="Model of the last prediction; each prediction names its own"
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(help_text="When the job and its predictions are deleted")
    url = serializers.URLField()
    result_url = serializers.URLField(
        allow_null=True,
        help_text="NDJSON, CSV with `?format=csv`, or Excel with `?format=xlsx`; null while the job is running",
    )


class JobsSerializer(serializers.Serializer):
    jobs = JobSerializer(many=True, help_text="Newest first")


class _RawParser(BaseParser):
    """Parses a body that is the file itself, by copying it to a file that can be read twice."""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        copy = TemporaryUploadedFile(f"body.{MEDIA_TYPES[self.media_type]}", self.media_type, 0, None)
        shutil.copyfileobj(stream, cast(IO[bytes], copy.file), BLOCK)
        copy.seek(0)
        return copy


class CsvParser(_RawParser):
    media_type = "text/csv"


class TsvParser(_RawParser):
    media_type = "text/tab-separated-values"


class NdjsonParser(_RawParser):
    media_type = "application/x-ndjson"


class Jobs(ApiView):
    """Uploads files, and lists the uploads."""

    required_scopes = ["predict"]
    repeatable = True
    query_shapes = {"POST": NamedSerializer}
    parser_classes = [MultiPartParser, CsvParser, TsvParser, NdjsonParser]

    @extend_schema(operation_id="listPredictionJobs", summary="List your files", responses={200: JobsSerializer})
    def get(self, request: Request) -> Response:
        """Files uploaded with any token of the same owner that have not expired."""
        token: Any = request.auth
        return Response({"jobs": [shown(request, job) for job in prediction_jobs.owned_by(token.owner)]})

    @extend_schema(
        operation_id="createPredictionJob",
        summary="Classify a file",
        request={
            "multipart/form-data": UploadSerializer,
            "text/csv": OpenApiTypes.STR,
            "text/tab-separated-values": OpenApiTypes.STR,
            "application/x-ndjson": OpenApiTypes.STR,
        },
        responses={202: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Upload CSV, TSV or NDJSON, as a form field or as the request body. Texts are deleted when the job ends."""
        _check_length(request)
        file, options = _upload(request)

        def work(keep: repeating.Keep) -> repeating.Body:
            kept: repeating.Body = {}
            _accept(request.auth, file, options, lambda job: kept.update(keep(shown(request, job))))
            return kept

        with closing(file):
            body = repeating.once_kept(request, work, content=lambda: _asked(file, options), status=202)
        return Response(body, status=202, headers={"Location": body["url"]})


class Job(ApiView):
    """One file."""

    required_scopes = ["predict"]
    refusals = GONE

    @extend_schema(
        operation_id="readPredictionJob",
        summary="Get a file's progress",
        parameters=[REF],
        responses={200: JobSerializer},
    )
    def get(self, request: Request, ref: str) -> Response:
        """State, progress, unreadable rows and the URL of the result."""
        return Response(shown(request, _found(request, ref)))

    @extend_schema(operation_id="deletePredictionJob", summary="Delete a file", parameters=[REF], responses={204: None})
    def delete(self, request: Request, ref: str) -> Response:
        """Cancel the job if it is running, and remove it from the list."""
        token: Any = request.auth
        prediction_jobs.delete(job=_found(request, ref), actor=f"token:{token.prefix}")
        return Response(status=204)


class Result(ApiView):
    """The result of a job."""

    required_scopes = ["predict"]
    content_negotiation_class = AnyAccept
    refusals = GONE | {409: "The job is not finished yet. Retry after the number of seconds in Retry-After."}
    query_shapes = {"GET": ResultQuerySerializer}

    @extend_schema(
        operation_id="readPredictionJobResult",
        summary="Get the predictions of a file",
        parameters=[REF],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, workbooks.CONTENT_TYPE): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, ref: str) -> Any:
        """One prediction per line, in the order of the rows, in the format of `POST /api/v1/predictions`."""
        return prediction_jobs.response(request._request, _found(request, ref), self.query["format"])


def shown(request: Request, job: PredictionJob) -> dict[str, Any]:
    """The JSON of a job."""
    own = request.build_absolute_uri(reverse("api-job", args=[job.ref]))
    result = request.build_absolute_uri(reverse("api-job-result", args=[job.ref]))
    return (
        {"id": job.ref}
        | {name: getattr(job, name) for name in TOLD}
        | {"url": own, "result_url": result if job.is_over else None}
    )


def _found(request: Request, ref: str) -> PredictionJob:
    token: Any = request.auth
    return prediction_jobs.find(owner=token.owner, ref=ref)


def _check_length(request: Request) -> None:
    """Refuse a file that is too large before it is read."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if not length.isdecimal():
        raise LengthRequired
    most, _lines = prediction_jobs.bounds()
    if int(length) > most + AROUND:
        raise TooLarge(
            _("A file can have at most %(most)d MB. Split it and send the parts.") % {"most": most // 1_000_000}
        )


def _upload(request: Request) -> tuple[UploadedFile, dict[str, Any]]:
    """The file and how to read it; raises ValidationError."""
    data, given = cast(Any, request.data), request.query_params.dict()
    if isinstance(data, UploadedFile):
        file, given = data, {"format": MEDIA_TYPES[str(data.content_type)]} | given
    else:
        found = data.get("file")
        if found is None:
            raise ValidationError({"file": [_("Attach a file in this field.")]})
        # A part without a file name comes as text.
        file = SimpleUploadedFile("file", found.encode(errors="replace")) if isinstance(found, str) else found
        given = given | {key: value for key, value in data.items() if isinstance(value, str)}
    serializer = NamedSerializer(data=given)
    if not serializer.is_valid():
        file.close()
        raise ValidationError(serializer.errors)
    return file, serializer.validated_data


def _accept(token: Any, file: UploadedFile, options: dict[str, Any], also: Any) -> PredictionJob:
    return prediction_jobs.accept(
        owner=token.owner, token=token, name=options.get("name") or str(file.name), pieces=file.chunks(BLOCK), actor=f"token:{token.prefix}",
        form=options.get("format"), text_column=options["text_column"], id_column=options["id_column"], also=also,
    )  # fmt: skip


def _asked(file: UploadedFile, options: dict[str, Any]) -> list[Any]:
    """The content that identifies an upload."""
    digest = hashlib.sha256()
    for piece in file.chunks(BLOCK):
        digest.update(piece)
    return [str(file.name), options, digest.hexdigest()]
