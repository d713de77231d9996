"""Labels that people bring in files: stored beside those made here, each with the file that it came from.

A label belongs to its text, not to a post. The same text with another label in a later file supersedes the earlier one,
and storing a file again changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from classifier import categories, clock, feedback, label_reports, locks
from classifier.errors import LabelError
from classifier.label_files import LabelFile, LabelledText, Options, label_map
from classifier.label_reports import Report
from classifier.models import Label, LabelImport
from monitoring import audit

SUBJECT = "text:"
BATCH = 500


@dataclass(frozen=True, slots=True)
class LabelFileOptions:
    """How a file of labels is to be brought.

    Arguments:
        form: its format, one of `label_files.FORMATS`; empty: detected.
        columns: our column → the file's. labels: label of the file → category; empty to leave it out.
        weight: how far its labels are trusted, above 0 and up to 1; a row's own weight is multiplied with it.
    """

    form: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    weight: float = 1.0

    def as_json(self) -> dict[str, Any]:
        return {"form": self.form, "columns": dict(self.columns), "labels": dict(self.labels), "weight": self.weight}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "LabelFileOptions":
        """What `as_json` returned."""
        return cls(
            form=str(stored.get("form", "")), columns=dict(stored.get("columns", {})),
            labels=dict(stored.get("labels", {})), weight=float(stored.get("weight", 1.0)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: the rows that can be stored, the report, and how the file was understood.

    Arguments:
        names: columns of the file; columns: our column → the file's. Both are empty for a labelling tool's format.
    """

    rows: list[LabelledText]
    report: Report
    form: str
    names: list[str]
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many labels were new, were changed, and were known already."""

    new: int = 0
    changed: int = 0
    known: int = 0


def read(
    path: str, file_options: LabelFileOptions, *, most: int | None = None, passing: Callable[[], object] = bool
) -> Found:
    """Read a file without storing anything. Raises UnusableInput, LabelError for a map with unknown categories.

    Arguments:
        most: rows after which reading stops; None reads all.
        passing: called after every row.
    """
    shown = [one for one in categories.BY_ID.values() if one.id != categories.CANT_JUDGE]
    known = {one.id: one.label for one in shown if not one.merged_into}
    merged = {one.id: one.merged_into for one in shown if one.merged_into}
    if strange := label_map.unknown(file_options.labels, [*known, *known.values()]):
        raise LabelError(
            _("The label map names a category that does not exist: %(category)s. Choose one of: %(known)s.")
            % {"category": strange[0][:60], "known": ", ".join(known)}
        )
    with LabelFile(path, Options(form=file_options.form, columns=file_options.columns)) as file:
        items = file.items()
        rows, report = label_reports.examine(
            items if most is None else islice(items, most),
            label_map.resolver(merged | dict(file_options.labels), known),
            passing=passing,
        )
        return Found(rows, report, file.form, file.names, file.columns)


@audit.atomic()
def store(
    *, rows: Sequence[LabelledText], source: LabelImport, weight: float, by: Any, actor: str,
    passing: Callable[[int], object] = bool,
) -> Stored:  # fmt: skip
    """Store the labels of a file that was read.

    Arguments:
        source: the file, which is marked as stored.
        weight: of the whole file.
        by: who brought it; None for the command line.
        actor: for the audit log. passing: called with the number of rows of each batch.
    """
    require_weight(weight)
    locks.one_at_a_time("label imports")
    counts = [0, 0, 0]
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        for number, count in enumerate(_store_batch(batch, source, weight, by)):
            counts[number] += count
        passing(len(batch))
    stored = Stored(*counts)
    source.state, source.stored_at = LabelImport.State.STORED, clock.now()
    source.save()
    detail = {"name": source.name, "sha256": source.sha256, "format": source.form, "weight": weight}
    numbers = {"new": stored.new, "changed": stored.changed, "known": stored.known}
    audit.record(
        actor=actor, action="labels.imported", object_type="label_import", object_id=str(source.ref),
        detail=detail | numbers,
    )  # fmt: skip
    return stored


@audit.atomic()
def remove(*, source: LabelImport, actor: str) -> int:
    """Erase the labels that came in a file. Returns how many. Idempotent."""
    locks.one_at_a_time("label imports")
    rows = Label.objects.filter(source_file=source, erased_at=None)
    count = rows.update(text="", details={}, erased_at=clock.now())
    changed = LabelImport.objects.filter(pk=source.pk).exclude(state=LabelImport.State.REMOVED)
    if changed.update(state=LabelImport.State.REMOVED):
        audit.record(
            actor=actor, action="labels.removed", object_type="label_import", object_id=str(source.ref),
            detail={"labels": count},
        )  # fmt: skip
    return count


def standing_rows(*, event: str = "") -> Iterator[LabelledText]:
    """The labels that count now, brought and made here, as rows of a label file.

    Arguments:
        event: only of this event; empty for all.
    """
    for label in feedback.standing():
        if label.text and label.category != categories.CANT_JUDGE and event in ("", label.event):
            yield LabelledText(
                text=label.text, label=label.category, event=label.event, lang=label.lang, weight=label.weight,
                split=label.details.get("split", ""), id=label.details.get("id", "") or label.subject.removeprefix(f"{SUBJECT}{label.text_key}"),
                meta=label.details.get("meta", {}), extra=label.details.get("extra", {}),
            )  # fmt: skip


def require_weight(weight: float) -> float:
    """The weight, if it is above 0 and up to 1. Raises LabelError."""
    if not 0 < weight <= 1:
        raise LabelError(_("The weight must be above 0 and at most 1."))
    return weight


def _store_batch(batch: Sequence[LabelledText], source: LabelImport, weight: float, by: Any) -> tuple[int, int, int]:
    keys = {SUBJECT + feedback.text_key(one.text): one for one in batch}
    earlier = {
        label.subject: label
        for label in Label.objects.filter(subject__in=keys, how=Label.How.IMPORTED, superseded_by=None)
    }
    new, changed, known, now = [], 0, 0, clock.now()
    for subject, one in keys.items():
        before, trust = earlier.get(subject), one.weight * weight
        if before is not None and before.erased_at is None and (before.category, before.weight) == (one.label, trust):
            known += 1
            continue
        changed += before is not None and before.erased_at is None
        new.append(
            Label(
                subject=subject, text=one.text, text_key=subject.removeprefix(SUBJECT), event=one.event, lang=one.lang,
                category=one.label, how=Label.How.IMPORTED, by=by, at=now, supersedes=before, weight=trust,
                source_file=source, details=_details(one),
            )
        )  # fmt: skip
    Label.objects.bulk_create(new)
    return len(new) - changed, changed, known


def _details(one: LabelledText) -> dict[str, Any]:
    given = {"split": one.split, "id": one.id, "meta": dict(one.meta), "extra": dict(one.extra)}
    return {name: value for name, value in given.items() if value}
