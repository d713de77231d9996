"""Pages of label schemas: the list, one schema with its categories and history, and the form of a category."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifier import categories, label_schemas
from classifier.models import LabelSchema
from responder import label_schemas as work
from responder import roles
from responder.errors import Conflict, Missing, NotPermitted, ResponderError, TooLarge
from responder.forms import number, version
from responder.label_schemas.files import MOST_BYTES
from responder.label_schemas.forms import CategoryForm, NewForm, RenameForm, SchemaFileForm, initial
from responder.models import User
from responder.views.feeds import tells_refusals

VERSIONS = 50  # of the history on the page


@require_safe
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def index(request: HttpRequest) -> HttpResponse:
    """The schemas, and the forms for a new one."""
    return _index(request)


@require_POST
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def create(request: HttpRequest) -> HttpResponse:
    """Make a schema from the shipped one or another."""
    form = NewForm(request.POST, schemas=_schemas(), name="new")
    try:
        schema = form.submit(work.create, by=_person(request))
    except (Missing, NotPermitted):
        raise
    except ResponderError as error:
        return _index(request, error.status, new_form=form)
    messages.success(request, _("The schema is made. Pages show it once you use it."))
    return _to(schema)


@require_POST
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def upload(request: HttpRequest) -> HttpResponse:
    """Make a schema from a file, or a new version of one."""
    form = SchemaFileForm(request.POST, files=request.FILES, name="file")
    try:
        schema = form.submit(_uploaded, by=_person(request))
    except ResponderError as error:
        return _index(request, error.status, file_form=form)
    messages.success(request, _("The schema is stored. Check it, then use it."))
    return _to(schema)


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One schema: its categories and its history."""
    return _detail(request, work.find(ref))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def rename(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a schema another name."""
    form = RenameForm(request.POST)
    try:
        schema = form.submit(work.rename, ref=ref, by=_person(request))
    except Missing:
        raise
    except ResponderError as error:
        return _detail(request, work.find(ref), error.status, form=form)
    messages.success(request, _("The schema is renamed."))
    return _to(schema)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def new_category(request: HttpRequest, ref: str) -> HttpResponse:
    """Add a category of the organisation's own."""
    schema = work.find(ref)
    if request.method != "POST":
        form = CategoryForm(entry=None, others=schema.categories, initial=initial(None, schema.version))
        return _category(request, schema, form)
    form = CategoryForm(request.POST, entry=None, others=schema.categories)
    try:
        form.submit(work.add, ref=ref, by=_person(request))
    except Missing:
        raise
    except ResponderError as error:
        return _category(request, schema, form, error=error)
    messages.success(request, _("The category is added."))
    return _to(schema)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def category(request: HttpRequest, ref: str, key: str) -> HttpResponse:
    """Change one category."""
    schema = work.find(ref)
    entry = next((one for one in schema.categories if one["key"] == key), None)
    if entry is None:
        raise Missing(_("This category does not exist."))
    if request.method != "POST":
        form = CategoryForm(entry=entry, others=schema.categories, initial=initial(entry, schema.version))
        return _category(request, schema, form, entry)
    form = CategoryForm(request.POST, entry=entry, others=schema.categories)
    try:
        form.submit(work.change_category, ref=ref, key=key, by=_person(request))
    except Missing:
        raise
    except ResponderError as error:
        return _category(request, schema, form, entry, error=error)
    messages.success(request, _("The category is saved."))
    return _to(schema)


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def activate(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a schema everywhere."""
    schema = work.activate(ref=ref, version=version(request.POST.get("version", "")), by=_person(request))
    messages.success(
        request, _("Pages, files and the API now show the categories of “%(name)s”.") % {"name": schema.name}
    )
    return _to(schema)


@require_POST
@never_cache
@roles.requires(roles.MANAGE_LABELS)
def use_shipped(request: HttpRequest) -> HttpResponse:
    """Show the shipped categories again."""
    work.use_shipped(by=_person(request))
    messages.success(request, _("Pages, files and the API show the shipped categories again."))
    return HttpResponseRedirect(reverse("label-schemas"))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def restore(request: HttpRequest, ref: str) -> HttpResponse:
    """Restore an earlier version of a schema."""
    loaded, requested = version(request.POST.get("version", "")), number(request.POST.get("number", ""))
    schema = work.restore(ref=ref, version=loaded, number=requested, by=_person(request))
    messages.success(request, _("Version %(number)d is restored as a new version.") % {"number": requested})
    return _to(schema)


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_LABELS)
def file(request: HttpRequest, ref: str) -> HttpResponse:
    """A schema as a file, which `responder train --schema` and the upload read."""
    schema = None if ref == "shipped" else work.find(ref)
    answer = JsonResponse(work.as_file(schema), json_dumps_params={"indent": 1, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="label-schema.json"'
    return answer


def _index(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    schemas = _schemas()
    context = {
        "schemas": schemas, "is_shipped": not any(one.is_active for one in schemas), "shipped": categories.CATEGORIES,
        "new_form": NewForm(schemas=schemas, name="new"), "file_form": SchemaFileForm(name="file"),
    }  # fmt: skip
    return render(request, "label_schemas/index.html", context | shown, status=status)


def _detail(
    request: HttpRequest, schema: LabelSchema, status: int = 200, *, form: RenameForm | None = None
) -> HttpResponse:
    by_key = {one["key"]: one for one in schema.categories}
    shown = {one.id: one for one in label_schemas.categories_of(schema.categories)}
    rows = [
        {
            "entry": one, "shown": shown.get(one["key"]), "is_own": one["key"] not in categories.SHIPPED,
            "base": categories.SHIPPED[one["maps_to"]].label if one["maps_to"] else "",
            "into": by_key[one["merged_into"]]["name"] if one["merged_into"] in by_key else "",
        }
        for one in schema.categories
    ]  # fmt: skip
    context = {
        "schema": schema, "rows": rows, "versions": schema.versions.select_related("by")[:VERSIONS],
        "loose": [row["entry"]["name"] for row in rows if row["shown"] is None],
        "form": form or RenameForm(initial={"name": schema.name, "version": schema.version}),
    }  # fmt: skip
    return render(request, "label_schemas/detail.html", context, status=status)


def _category(
    request: HttpRequest,
    schema: LabelSchema,
    form: CategoryForm,
    entry: Any = None,
    *,
    error: ResponderError | None = None,
) -> HttpResponse:
    status = error.status if error else 200
    context = {"schema": schema, "form": form, "entry": entry, "conflict": isinstance(error, Conflict)}
    return render(request, "label_schemas/category.html", context, status=status)


def _uploaded(*, name: str, pieces: Any, by: User) -> LabelSchema:
    content = b""
    for piece in pieces:
        content += piece
        if len(content) > MOST_BYTES:
            raise TooLarge(_("A label schema can have at most %(most)d bytes.") % {"most": MOST_BYTES})
    given, entries = work.read_file(content)
    return work.upload(name=name.strip() or given, entries=entries, by=by)


def _schemas() -> list[LabelSchema]:
    return list(LabelSchema.objects.select_related("changed_by"))


def _to(schema: LabelSchema) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("label-schema", args=[schema.ref]))


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
