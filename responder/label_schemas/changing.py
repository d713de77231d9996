"""Changes of label schemas. Every change is stored as a version, audited, and shown by this process at once."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from classifier import clock, label_schemas, locks
from classifier.categories import SHIPPED
from classifier.errors import LabelError
from classifier.label_schemas import Entry
from classifier.models import LabelSchema, LabelSchemaVersion
from monitoring import audit
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, TooMany
from responder.label_schemas.files import parsed
from responder.models import User

MOST_SCHEMAS = 50
NAME_LIMIT = 80
WHAT_LIMIT = 200


def find(ref: str) -> LabelSchema:
    """A schema by its reference. Raises Missing."""
    try:
        found = LabelSchema.objects.select_related("changed_by").filter(ref=uuid.UUID(ref)).first()
    except ValueError:
        found = None
    if found is None:
        raise Missing(_("This label schema does not exist."))
    return found


@audit.atomic()
def create(*, name: str, by: User | None, like: str = "") -> LabelSchema:
    """Make a schema with the categories of another one. Raises InvalidFields, Missing, TooMany.

    Arguments:
        like: reference of the other one; empty for the shipped categories.
    """
    entries = find(like).categories if like else label_schemas.shipped_entries()
    return _made(name, entries, by, _("Created"))


@audit.atomic()
def upload(*, name: str, entries: list[Entry], by: User | None) -> LabelSchema:
    """Store the schema of a file: a new one, or a new version of the one with this name.

    Own categories that the file leaves out are kept, and no longer offered: posts may have them.
    Raises InvalidFields, TooMany.
    """
    same = LabelSchema.objects.select_for_update(no_key=True).filter(name=_name(name)).first()
    if same is None:
        return _made(name, entries, by, _("Read from a file"))
    _require_complete_if_active(same, kept := _with_earlier(entries, same.categories))
    return _stored(same, by, _("Read from a file"), entries=kept)


@audit.atomic()
def rename(*, ref: str, version: int, name: str, by: User) -> LabelSchema:
    """Give a schema another name. Raises Conflict, InvalidFields, Missing."""
    schema = _opened(ref, version)
    name = _free_name(name, schema)
    if name == schema.name:
        raise InvalidFields({"name": _("Nothing was changed.")})
    return _stored(schema, by, _("Renamed from %(name)s") % {"name": schema.name}, name=name)


@audit.atomic()
def add(*, ref: str, version: int, by: User, **fields: Any) -> LabelSchema:
    """Add a category of the organisation's own. Raises Conflict, InvalidFields, Missing."""
    schema = _opened(ref, version)
    checks = FieldChecks()
    given = _given(checks, fields)
    checks.require_valid()
    try:
        given["key"] = label_schemas.key_of(given.get("key") or given["name"])
    except LabelError as error:
        raise InvalidFields({"key": str(error)}) from error
    if given["key"] in {*SHIPPED, *(one["key"] for one in schema.categories)}:
        raise InvalidFields({"key": _("The key “%(key)s” is taken.") % {"key": given["key"]}})
    entries = [*schema.categories, given]
    return _stored(schema, by, _("Added %(name)s") % {"name": given["name"]}, entries=_checked(schema, entries))


@audit.atomic()
def change_category(*, ref: str, version: int, key: str, by: User, **fields: Any) -> LabelSchema:
    """Change one category: its name, colour, translations and so on. Raises Conflict, InvalidFields, Missing."""
    schema = _opened(ref, version)
    before = next((one for one in schema.categories if one["key"] == key), None)
    if before is None:
        raise Missing(_("This category does not exist."))
    checks = FieldChecks()
    given = before | _given(checks, fields) | {"key": key}
    checks.require_valid()
    if key in SHIPPED:
        given |= {"maps_to": key, "merged_into": ""}
    entries = [given if one["key"] == key else one for one in schema.categories]
    entries = _checked(schema, entries)
    if entries == schema.categories:
        raise InvalidFields({"name": _("Nothing was changed.")})
    changed = sorted(name for name in before if before[name] != given.get(name))
    words = _("%(name)s: %(fields)s") % {"name": before["name"], "fields": ", ".join(changed)}
    return _stored(schema, by, words, entries=entries)


@audit.atomic()
def restore(*, ref: str, version: int, number: int, by: User) -> LabelSchema:
    """Make a schema as it was in an earlier version. Categories added since are kept, and no longer offered.

    Raises Conflict, Invalid, Missing.
    """
    schema = _opened(ref, version)
    earlier = LabelSchemaVersion.objects.filter(schema=schema, version=number).first()
    if earlier is None:
        raise Missing(_("This version does not exist."))
    entries = _with_earlier(earlier.categories, schema.categories)
    if entries == schema.categories:
        raise Invalid(_("The schema already is as it was in version %(number)d.") % {"number": number})
    _require_complete_if_active(schema, entries)
    return _stored(schema, by, _("Restored version %(number)d") % {"number": number}, entries=entries)


@audit.atomic()
def activate(*, ref: str, version: int, by: User | None) -> LabelSchema:
    """Show this schema everywhere. Raises Conflict, Missing, Invalid for a category that belongs to none of the ten."""
    locks.one_at_a_time("label schemas")
    schema = _opened(ref, version)
    _require_complete(schema.categories)
    LabelSchema.objects.filter(is_active=True).exclude(pk=schema.pk).update(is_active=False)
    if not schema.is_active:
        LabelSchema.objects.filter(pk=schema.pk).update(is_active=True)
        schema.is_active = True
        _record("activated", schema, by)
    _forget()
    return schema


@audit.atomic()
def use_shipped(*, by: User | None) -> LabelSchema | None:
    """Show the shipped categories again. Returns the schema that was shown until now. Idempotent."""
    locks.one_at_a_time("label schemas")
    schema = LabelSchema.objects.select_for_update(no_key=True).filter(is_active=True).first()
    if schema is not None:
        LabelSchema.objects.filter(pk=schema.pk).update(is_active=False)
        _record("deactivated", schema, by)
        _forget()
    return schema


def _made(name: str, entries: list[Entry], by: User | None, what: str) -> LabelSchema:
    locks.one_at_a_time("label schemas")
    if LabelSchema.objects.count() >= MOST_SCHEMAS:
        raise TooMany(_("There are already %(most)d label schemas.") % {"most": MOST_SCHEMAS})
    schema = LabelSchema.objects.create(name=_free_name(name, None), categories=entries, changed_by=by)
    _keep_version(schema, by, what)
    _record("created", schema, by)
    _forget()
    return schema


def _stored(
    schema: LabelSchema, by: User | None, what: str, *, entries: list[Entry] | None = None, name: str = ""
) -> LabelSchema:
    if entries is not None:
        schema.categories = entries
    schema.name = name or schema.name
    schema.version += 1
    schema.changed_by, schema.changed_at = by, clock.now()
    schema.save()
    _keep_version(schema, by, what)
    _record("changed", schema, by, what=what[:WHAT_LIMIT])
    _forget()
    return schema


def _keep_version(schema: LabelSchema, by: User | None, what: str) -> None:
    LabelSchemaVersion.objects.create(
        schema=schema,
        version=schema.version,
        name=schema.name,
        categories=schema.categories,
        what=what[:WHAT_LIMIT],
        by=by,
    )


def _record(verb: str, schema: LabelSchema, by: User | None, **detail: Any) -> None:
    audit.record(
        actor=f"user:{by.username}" if by else "system:command-line", action=f"label_schema.{verb}",
        object_type="label_schema", object_id=str(schema.ref), after={"categories": schema.categories},
        detail={"name": schema.name, "version": schema.version} | detail,
    )  # fmt: skip


def _forget() -> None:
    """Show the change in this transaction, and again once other threads can see it too."""
    label_schemas.forget()
    transaction.on_commit(label_schemas.forget)


def _opened(ref: str, version: int) -> LabelSchema:
    schema = LabelSchema.objects.select_for_update(no_key=True).filter(pk=find(ref).pk).first()
    if schema is None:
        raise Missing(_("This label schema does not exist."))
    if schema.version != version:
        newest = schema.versions.select_related("by").first()
        who = newest.by.display_name if newest and newest.by else _("the command line")  # type: ignore[union-attr]
        raise Conflict(
            by=who, what=newest.what if newest else "", at=newest.at if newest else None, version=schema.version
        )
    return schema


def _checked(schema: LabelSchema, entries: list[Entry]) -> list[Entry]:
    try:
        entries = parsed(entries)
        _require_complete_if_active(schema, entries)
    except Invalid as error:
        raise InvalidFields({"": str(error)}) from error
    return entries


def _require_complete_if_active(schema: LabelSchema, entries: list[Entry]) -> None:
    if schema.is_active:
        _require_complete(entries)


def _require_complete(entries: list[Entry]) -> None:
    try:
        label_schemas.require_complete(entries)
    except LabelError as error:
        raise Invalid(str(error)) from error


def _with_earlier(entries: list[Entry], earlier: list[Entry]) -> list[Entry]:
    """The entries, and the own ones among the earlier that they leave out, no longer offered."""
    keys = {one["key"] for one in entries}
    names = {one["name"].casefold() for one in entries}
    kept = [one | {"offered": False} for one in earlier if one["key"] not in keys]
    for one in kept:
        if one["name"].casefold() in names:
            one["name"] = f"{one['name'][:60]} ({one['key'][:16]})"
        if one["merged_into"] and one["merged_into"] not in keys:
            one["merged_into"] = ""
    return parsed([*entries, *kept])


def _given(checks: FieldChecks, fields: dict[str, Any]) -> Entry:
    """What a form sent, as an entry; the entry's own checks follow in `parse`."""
    readers: dict[str, Callable[[Any], Any]] = {
        "key": lambda text: str(text).strip()[: label_schemas.KEY_LIMIT + 1], "name": _category_name,
        "maps_to": lambda text: str(text) or None, "color": str, "glyph": str, "names": _translations,
        "description": lambda text: " ".join(str(text).split()), "offered": bool, "merged_into": str,
    }  # fmt: skip
    return {name: checks.read(name, read, fields[name]) for name, read in readers.items() if name in fields}


def _category_name(text: Any) -> str:
    name = " ".join(str(text).split())
    if not 0 < len(name) <= label_schemas.NAME_LIMIT or not name.isprintable():
        raise Invalid(_("Enter a name of 1 to %(most)d characters.") % {"most": label_schemas.NAME_LIMIT})
    return name


def _translations(text: Any) -> dict[str, str]:
    """The names of lines such as `es = Daños`. Raises Invalid."""
    found: dict[str, str] = {}
    for line in str(text).splitlines():
        if line.strip():
            code, separator, name = line.partition("=")
            if not separator or not code.strip() or not name.strip():
                raise Invalid(_("Write one language a line, such as: es = Daños"))
            found[code.strip().lower()] = name.strip()
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise InvalidFields({"name": _("Enter a name of 1 to %(most)d characters.") % {"most": NAME_LIMIT}})
    return name


def _free_name(text: str, schema: LabelSchema | None) -> str:
    name = _name(text)
    others = LabelSchema.objects.exclude(pk=schema.pk) if schema else LabelSchema.objects.all()
    if others.filter(name__iexact=name).exists():
        raise InvalidFields({"name": _("Another label schema has this name.")})
    return name
