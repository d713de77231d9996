"""Base maps: their tiles for everybody who sees the map, and the administrator's page."""

from typing import Any, cast

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import basemaps, roles
from responder.basemaps import ranges
from responder.basemaps.archive import Archive, Tile
from responder.basemaps.forms import AddressForm, BaseMapFileForm, RenameForm
from responder.errors import Conflict, ResponderError
from responder.forms import version
from responder.models import BaseMap, User
from responder.views.feeds import tells_refusals

log = structlog.get_logger(__name__)
TILE_TYPE, FILE_TYPE = "application/vnd.mapbox-vector-tile", "application/vnd.pmtiles"
FOR_A_YEAR = "private, max-age=31536000, immutable"  # other content has another reference
VERBS = ("up", "down", "remove")


@require_safe
@roles.requires(roles.VIEW)
def tile(request: HttpRequest, ref: str, z: int, x: int, y: int) -> HttpResponseBase:
    """One vector tile: 204 where the file has none."""
    archive = _archive(ref)
    etag = quote_etag(f"{ref}/{z}/{x}/{y}")
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None and unchanged.status_code == 304:
        return _kept(unchanged, etag)
    try:
        found = archive.tile(z, x, y)
        answer = _tile(request, found) if found else HttpResponse(status=204)
    except (basemaps.BrokenArchive, OSError) as error:
        log.warning("a tile could not be read", ref=ref, zoom=z, reason=str(error))
        raise Http404 from error
    return _kept(answer, etag)


@require_safe
@roles.requires(roles.VIEW)
def file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """A part of a base map file, for programs that read PMTiles themselves: one range at a time."""
    archive, etag = _archive(ref), quote_etag(ref)
    if request.method == "HEAD":
        head = HttpResponse(
            content_type=FILE_TYPE, headers={"Accept-Ranges": "bytes", "Content-Length": str(archive.size)}
        )
        return _kept(head, etag)
    asked = ranges.parse(request.headers.get("Range", ""), archive.size)
    if asked is None:
        words = _("Send a Range header with one range that lies in the file, such as bytes=0-16383.")
        headers = {"Content-Range": f"bytes */{archive.size}", "Accept-Ranges": "bytes"}
        return HttpResponse(words, status=416, content_type="text/plain; charset=utf-8", headers=headers)
    try:
        content = archive.part(asked.first, asked.length)
    except (basemaps.BrokenArchive, OSError) as error:
        raise Http404 from error
    headers = {"Content-Range": asked.content_range, "Accept-Ranges": "bytes"}
    return _kept(HttpResponse(content, status=206, content_type=FILE_TYPE, headers=headers), etag)


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER)
def index(request: HttpRequest) -> HttpResponse:
    """The base maps, and the forms that add one."""
    return _index(request)


@require_POST
@never_cache
@roles.requires(roles.ADMINISTER)
def send(request: HttpRequest) -> HttpResponse:
    """Upload a file."""
    form = BaseMapFileForm(request.POST, files=request.FILES, name="file")
    try:
        base_map = form.submit(basemaps.upload, by=_person(request))
    except ResponderError as error:
        return _index(request, error.status, file_form=form)
    messages.success(request, _("“%(name)s” is added. The map shows it from now on.") % {"name": base_map.name})
    return HttpResponseRedirect(reverse("basemaps"))


@require_POST
@never_cache
@roles.requires(roles.ADMINISTER)
def read_folder(request: HttpRequest) -> HttpResponse:
    """Read the folder again: add new files, and read changed ones."""
    report = basemaps.read_folder(by=_person(request))
    done = len(report.added) + len(report.changed)
    if done:
        words = ngettext("%(n)d file was read.", "%(n)d files were read.", done) % {"n": done}
        messages.success(request, words)
    elif not report.refused:
        messages.info(request, _("There is nothing new in the folder."))
    if report.refused:
        return _index(request, refused=report.refused)
    return HttpResponseRedirect(reverse("basemaps"))


@require_POST
@never_cache
@roles.requires(roles.ADMINISTER)
def add_address(request: HttpRequest) -> HttpResponse:
    """Add the address of pictures that another server serves."""
    form = AddressForm(request.POST, name="address")
    try:
        base_map = form.submit(basemaps.add_address, by=_person(request))
    except ResponderError as error:
        return _index(request, error.status, address_form=form)
    messages.success(request, _("“%(name)s” is added. People choose it under Layers.") % {"name": base_map.name})
    return HttpResponseRedirect(reverse("basemaps"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def edit(request: HttpRequest, map_id: int) -> HttpResponse:
    """Change a base map's name and attribution."""
    base_map = basemaps.find(map_id)
    if request.method != "POST":
        return _form(request, base_map, RenameForm.for_base_map(base_map))
    form = RenameForm(request.POST)
    try:
        form.submit(basemaps.rename, map_id=map_id, by=_person(request))
    except ResponderError as error:
        return _form(request, base_map, form, error=error)
    messages.success(request, _("The base map is saved."))
    return HttpResponseRedirect(reverse("basemaps"))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER)
def act(request: HttpRequest, map_id: int, verb: str) -> HttpResponse:
    """Move a base map up or down, or remove it."""
    if verb not in VERBS:
        raise Http404
    loaded, by = version(request.POST.get("version", "")), _person(request)
    if verb == "remove":
        name = basemaps.remove(map_id=map_id, version=loaded, by=by)
        messages.success(request, _("“%(name)s” is removed.") % {"name": name})
    else:
        basemaps.move(map_id=map_id, version=loaded, by=by, steps=-1 if verb == "up" else 1)
    return HttpResponseRedirect(reverse("basemaps"))


def _archive(ref: str) -> Archive:
    try:
        archive = basemaps.archive_of(ref)
    except (basemaps.BrokenArchive, OSError) as error:
        raise Http404 from error
    if archive is None:
        raise Http404
    return archive


def _tile(request: HttpRequest, found: Tile) -> HttpResponse:
    plain = found.plain  # also where it is sent compressed: what is too large for a browser is refused
    packed = found.is_gzip and "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(found.content if packed else plain, content_type=TILE_TYPE)
    if packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def _kept(answer: HttpResponseBase, etag: str) -> HttpResponseBase:
    answer["Cache-Control"], answer["ETag"] = FOR_A_YEAR, etag
    return answer


def _index(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    rows = list(BaseMap.objects.select_related("changed_by"))
    context = {
        "rows": [{"map": row, "state": basemaps.state(row) if row.is_file else "ready"} for row in rows],
        "folder": basemaps.root(), "megabytes": basemaps.limit() // 1_000_000,
        "file_form": BaseMapFileForm(name="file"), "address_form": AddressForm(name="address"),
    }  # fmt: skip
    return render(request, "basemaps/index.html", context | shown, status=status)


def _form(
    request: HttpRequest, base_map: BaseMap, form: RenameForm, *, error: ResponderError | None = None
) -> HttpResponse:
    context = {"base_map": base_map, "form": form, "conflict": isinstance(error, Conflict)}
    return render(request, "basemaps/form.html", context, status=error.status if error else 200)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
