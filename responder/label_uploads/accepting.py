"""Drafts of label files: accepted, read again with other options, stored or discarded."""

import hashlib
import shutil
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, label_imports, locks
from classifier.errors import LabelError
from classifier.label_files import COLUMNS, FORMATS, UnclearColumns, label_map
from classifier.label_imports import Found, LabelFileOptions, Stored
from classifier.models import LabelImport
from classifier.tables import UnusableInput
from monitoring import audit
from responder.errors import FieldChecks, Invalid, InvalidFields, Missing, TooLarge, TooMany, Unavailable
from responder.models import User
from responder.prediction_jobs.accepting import require_plain, require_unpacked
from responder.prediction_jobs.files import input_name

FOLDER = "label-imports"  # `backup` leaves it out: its files come and go
MOST_BYTES, MOST_ROWS = 8_000_000, 10_000
MOST_DRAFTS, DRAFT_KEPT = 5, timedelta(days=1)
NAME_LIMIT, COLUMN_LIMIT, MAP_LIMIT = 200, 200, 20_000
State = LabelImport.State


def accept(*, owner: User, name: str, pieces: Iterable[bytes], form: str = "") -> LabelImport:
    """Store an uploaded file as a draft. Raises InvalidFields, TooLarge, TooMany, Unavailable."""
    require_plain(name)
    chosen = _form(form)
    _forget_old()
    name = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[-NAME_LIMIT:] or "file"
    ref = uuid.uuid4()
    try:
        size, digest = _write(ref, name, pieces)
        require_unpacked(_folder(ref) / input_name(name))
        with audit.atomic():
            locks.one_at_a_time("label drafts", owner.pk)
            if LabelImport.objects.filter(by=owner, state=State.DRAFT).count() >= MOST_DRAFTS:
                raise TooMany(
                    _("You already have %(most)d drafts. Store or discard one first.") % {"most": MOST_DRAFTS}
                )
            return LabelImport.objects.create(
                ref=ref, name=name, by=owner, size=size, sha256=digest, options=LabelFileOptions(form=chosen).as_json()
            )
    except BaseException:
        _remove(ref)
        raise


def find(*, owner: User, ref: str) -> LabelImport:
    """A file that this person brought. Raises Missing."""
    try:
        found = LabelImport.objects.filter(ref=uuid.UUID(ref), by=owner).first()
    except ValueError:
        found = None
    if found is None:
        raise Missing(_("This file of labels does not exist."))
    return found


def change(*, source: LabelImport, columns: dict[str, str], labels: str, weight: str) -> bool:
    """Set how a draft is read. Returns whether anything changed. Raises Invalid, InvalidFields.

    Arguments:
        columns: our column → the file's; empty for the usual one. labels: a line `label = category` for each.
        weight: as it was typed.
    """
    checks = FieldChecks()
    file_options = LabelFileOptions(
        form=str(source.options.get("form", "")), columns=checks.read("columns", _columns, columns) or {},
        labels=checks.read("labels", _labels, labels) or {}, weight=checks.read("weight", _weight, weight) or 1.0,
    )  # fmt: skip
    checks.require_valid()
    if file_options.as_json() == source.options:
        return False
    if not LabelImport.objects.filter(pk=source.pk, state=State.DRAFT).update(options=file_options.as_json()):
        raise Invalid(_("These labels are stored already."))
    source.options = file_options.as_json()
    return True


class Unreadable(Invalid):
    """A draft can't be read as it was asked to be.

    Arguments:
        names: columns of the file, to choose from; empty where it has none.
    """

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


def preview(source: LabelImport) -> Found:
    """What a draft holds. Raises Unreadable, TooLarge."""
    path = _folder(source.ref) / input_name(source.name)
    if not path.exists():
        raise Unreadable(_("The file is no longer on the server. Upload it again."), [])
    try:
        found = label_imports.read(str(path), LabelFileOptions.from_json(source.options), most=MOST_ROWS + 1)
    except UnclearColumns as error:
        known = ", ".join(error.names)[:500]
        raise Unreadable(
            _("Choose the columns of the text and of the label below. The file has: %(known)s.") % {"known": known},
            error.names,
        ) from error
    except (UnusableInput, LabelError) as error:
        raise Unreadable(str(error).replace(path.name, source.name), []) from error
    if found.report.read > MOST_ROWS:
        raise TooLarge(
            _("A file can have at most %(most)d rows here. For more, use the command: responder labels import.")
            % {"most": MOST_ROWS}
        )
    return found


@audit.atomic()
def store(*, source: LabelImport, by: User) -> Stored:
    """Store the labels of a draft. Raises Invalid while a label means no category, or if they are stored already."""
    locks.one_at_a_time("label drafts", by.pk)
    source = LabelImport.objects.select_for_update(no_key=True).get(pk=source.pk)
    if source.state != State.DRAFT:
        raise Invalid(_("These labels are stored already."))
    found = preview(source)
    if found.report.unknown_labels:
        raise Invalid(_("Say first what each label of the file means."))
    source.form, source.report = found.form, found.report.as_json()
    stored = label_imports.store(
        rows=found.rows,
        source=source,
        weight=LabelFileOptions.from_json(source.options).weight,
        by=by,
        actor=f"user:{by.username}",
    )
    _remove(source.ref)
    return stored


def discard(*, source: LabelImport, by: User) -> int:
    """Discard a draft, or erase the labels that a file brought. Returns how many labels were erased."""
    if source.state == State.DRAFT and LabelImport.objects.filter(pk=source.pk, state=State.DRAFT).delete()[0]:
        _remove(source.ref)
        return 0
    return label_imports.remove(source=source, actor=f"user:{by.username}")


def _forget_old() -> None:
    """Remove drafts that nobody stored within a day, with their files."""
    for draft in LabelImport.objects.filter(state=State.DRAFT, at__lt=clock.now() - DRAFT_KEPT)[:50]:
        draft.delete()
        _remove(draft.ref)


def _write(ref: uuid.UUID, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        _folder(ref).mkdir(parents=True)
        with (_folder(ref) / input_name(name)).open("wb") as target:
            for piece in pieces:
                size += len(piece)
                if size > MOST_BYTES:
                    raise TooLarge(
                        _(
                            "A file can have at most %(megabytes)d MB here. For more, use the command: responder labels import."
                        )
                        % {"megabytes": MOST_BYTES // 1_000_000}
                    )
                digest.update(piece)
                target.write(piece)
    except OSError as error:
        raise Unavailable(_("The file could not be saved, so it was not accepted. Try again later.")) from error
    if not size:
        raise InvalidFields({"file": _("The file is empty.")})
    return size, digest.hexdigest()


def _folder(ref: uuid.UUID) -> Path:
    return Path(settings.DATA_DIR) / FOLDER / str(ref)


def _remove(ref: uuid.UUID) -> None:
    shutil.rmtree(_folder(ref), ignore_errors=True)


def _form(form: str) -> str:
    if form and (form not in FORMATS or form == "humaid"):
        raise InvalidFields({"form": _("Choose one of the formats.")})
    return form


def _columns(columns: dict[str, Any]) -> dict[str, str]:
    chosen = {name: str(column) for name, column in columns.items() if column}
    if any(name not in COLUMNS or len(one) > COLUMN_LIMIT or "\0" in one for name, one in chosen.items()):
        raise Invalid(_("Choose columns that the file has."))
    return chosen


def _labels(text: str) -> dict[str, str]:
    if len(text) > MAP_LIMIT or "\0" in text:
        raise Invalid(_("The list of labels can have at most %(most)d characters.") % {"most": MAP_LIMIT})
    try:
        return label_map.parse(text)
    except UnusableInput as error:
        raise Invalid(str(error)) from error


def _weight(text: str) -> float:
    try:
        return label_imports.require_weight(float(text or 1))
    except (ValueError, LabelError) as error:
        raise Invalid(_("The weight must be above 0 and at most 1.")) from error
