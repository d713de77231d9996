"""Frozen training data: files and labels, by hash and id. The texts stay in the files and the label rows.

A snapshot can be written to a folder again at any time, as long as its files are unchanged; labels whose text was
erased since are tombstones and left out. The datasheet includes the terms of the public files.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from classifier import categories, feedback, place_labels
from classifier.categories import PRIORITIES
from classifier.errors import TrainingError
from classifier.evidence import FAILED, PASSED
from classifier.ml import artefact, card, datasets, sources
from classifier.ml.datasets import Corpus
from classifier.models import Label, PlaceLabel, Snapshot
from monitoring import audit

PLACES = "site_places"  # read by classifier.places.measure, not by training: a post's other places are not marked
SITE, URGENCY, EXERCISE = "site_labels.train", "site_priorities.train", "exercise.train"
FEWEST_LABELS = 200  # the site's own labels, needed if no files were imported
CHANGED_SHARE = 0.5  # of a class, relative to the previous snapshot
FEWEST_OF_CLASS = 50
TOMBSTONES = 0.01  # share of erased labels that requires a new model
SPLIT_RULE = (
    "official development parts and whole events are held out where a file has them, else one text in five by a stable "
    "hash of the text; copies of a text fall on one side"
)


def take(*, cutoff: datetime) -> Snapshot:
    """Freeze the data as of `cutoff`. The same data give the same snapshot.

    Raises TrainingError if the data can't be read at all.
    """
    files = _files()
    # Weak labels are for `responder train --data`, which weighs them: here each text counts as much as any other.
    labels = [label for label in feedback.standing(cutoff=cutoff) if label.weight == 1]
    members = [[label.pk, label.category, label.priority] for label in labels]
    places = place_labels.standing(cutoff=cutoff)
    content: dict[str, Any] = {"files": files, "labels": members, "split": SPLIT_RULE}
    if places:  # without any, a snapshot keeps the hash that it had before there were such labels
        content["places"] = [label.pk for label in places]
    digest = audit.digest(content)
    known = Snapshot.objects.filter(hash=digest).first()
    if known:
        return known
    folder = Path(settings.DATA_DIR) / "snapshots" / digest[:16]
    try:
        lay_out(files=files, labels=labels, places=places, folder=folder)
        corpus, problem = _loaded(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    parent = Snapshot.objects.order_by("-id").first()
    counts = _counts(corpus) if corpus else {}
    with audit.atomic():
        snapshot = Snapshot.objects.create(
            hash=digest,
            parent=parent,
            label_cutoff=cutoff,
            files=files,
            labels=[label.pk for label in labels],
            places=[label.pk for label in places],
            counts=counts,
            gates=_gates(corpus, problem, counts, parent, files=files, labels=len(labels)),
            datasheet=_datasheet(counts, files, len(labels), cutoff),
        )
        audit.record(
            actor="system:training",
            action="snapshot.taken",
            object_type="snapshot",
            object_id=str(snapshot.pk),
            after={"hash": digest},
            detail={"hash": digest, "files": len(files), "labels": len(labels)},
        )
    return snapshot


def tombstones(snapshot: Snapshot) -> int:
    """Return the number of the snapshot's labels that were erased since."""
    return Label.objects.filter(pk__in=snapshot.labels).exclude(erased_at=None).count()


def restore(snapshot: Snapshot, folder: Path) -> int:
    """Write the snapshot to a folder of label files. Returns how many of its labels are tombstones.

    Raises TrainingError if a file was changed or removed since.
    """
    if _files(snapshot.files) != snapshot.files:
        raise TrainingError(
            "The corpus folder is not as it was when this snapshot was taken. Put the files back, or start a new run."
        )
    labels = list(Label.objects.filter(pk__in=snapshot.labels, erased_at=None).order_by("pk"))
    places = PlaceLabel.objects.filter(pk__in=snapshot.places, erased_at=None).order_by("pk")
    lay_out(files=snapshot.files, labels=labels, places=places, folder=folder)
    return len(snapshot.labels) - len(labels)


def lay_out(*, files: Iterable[str], labels: Iterable[Label], folder: Path, places: Iterable[PlaceLabel] = ()) -> None:
    """Write a folder of label files: links to the imported ones, this site's labels and the exercise's.

    Arguments:
        places: labels for the place finder, which `classifier.places.measure` reads.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in files:
        os.symlink(_corpus_dir() / name, folder / name)
    labels = list(labels)
    _write(folder / f"{SITE}.jsonl", (_row(label, label.category) for label in labels))
    _write(
        folder / f"{URGENCY}.jsonl", (_row(label, label.priority) for label in labels if label.priority in PRIORITIES)
    )
    _write(folder / f"{PLACES}.jsonl", map(place_labels.to_row, places))
    _write(folder / f"{EXERCISE}.jsonl", _exercise())


def _row(label: Label, answer: str) -> dict[str, Any]:
    return {
        "text": label.text, "label": categories.base_of(answer), "event": label.event, "lang": label.lang or "en",
        "by": str(label.by_id or ""),
    }  # fmt: skip


def _exercise() -> Iterable[dict[str, Any]]:
    with Path(settings.EXERCISE_FILE).open(encoding="utf-8") as file:
        for line in file:
            post = json.loads(line)
            if not post["repost_of"]:
                yield {
                    "text": post["text"], "label": post["gold"]["category"], "event": "exercise cyclone",
                    "lang": post["lang"],
                }  # fmt: skip


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
    if path.stat().st_size == 0:
        path.unlink()


def _corpus_dir() -> Path:
    return Path(settings.CORPUS_DIR or ".").expanduser().resolve()


def _files(names: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Imported file → SHA-256 and size: all known files, or those among `names` that still exist."""
    if settings.CORPUS_DIR is None:
        return {}
    folder = _corpus_dir()
    if names is None:
        known = (source.find(folder, name) for name, source in sources.SOURCES.items())
        paths = {path for path in known if path} | set(folder.glob("*.test.csv.gz"))
    else:
        paths = {folder / name for name in names if (folder / name).is_file()}
    return {
        path.name: {"sha256": artefact.file_sha256(path), "bytes": path.stat().st_size}
        for path in sorted(paths)
        if not path.name.startswith((SITE, URGENCY, EXERCISE, PLACES))
    }


def _loaded(folder: Path) -> tuple[Corpus | None, str]:
    try:
        return datasets.load(folder), ""
    except TrainingError as error:
        return None, str(error)


def _counts(corpus: Corpus) -> dict[str, Any]:
    both = [*corpus.train["category"], *corpus.held_out["category"]]
    labels = sources.CATEGORY_IDS
    return {
        "tasks": datasets.as_tasks(corpus),
        "classes": dict(Counter(labels[row.target] for row in both)),
        "events": dict(Counter(row.event or "unknown" for row in both).most_common(200)),
        "languages": dict(Counter(row.lang for row in both)),
        "sources": corpus.sources,
        "terms": dict(Counter({card.TERMS[name][1]: count for name, count in corpus.sources.items()})),
    }


def _gates(
    corpus: Corpus | None,
    problem: str,
    counts: dict[str, Any],
    parent: Snapshot | None,
    *,
    files: dict[str, Any],
    labels: int,
) -> list[dict[str, Any]]:
    """The data gates, which must pass before a training starts."""
    if corpus is None:
        return [_gate("schema", False, problem)]
    return [
        _gate("schema", True, "every file was read; no unknown label, no empty text"),
        _enough(files, labels),
        _apart(corpus),
        _shares(counts, parent, same_files=parent is not None and parent.files == files),
    ]


def _enough(files: dict[str, Any], labels: int) -> dict[str, Any]:
    text = f"{len(files)} imported files, {labels} labels made here"
    if files or labels >= FEWEST_LABELS:
        return _gate("enough", True, text)
    return _gate(
        "enough", False, f"{text}: set RESPONDER_CORPUS_DIR to a folder of label files, or make {FEWEST_LABELS} labels"
    )


def _apart(corpus: Corpus) -> dict[str, Any]:
    """Gate: no copies of a text on both sides of the split."""
    held = {key for row in corpus.held_out["category"] for key in datasets.copy_keys(row.text)}
    across = sum(bool(held & set(datasets.copy_keys(row.text))) for row in corpus.train["category"])
    return _gate("apart", not across, f"{across} texts to learn have a copy among those held out")


def _shares(counts: dict[str, Any], parent: Snapshot | None, *, same_files: bool) -> dict[str, Any]:
    """Gate: no class's share changed by more than half, unless new files explain it."""
    before = parent.counts.get("classes", {}) if parent else {}
    if not before:
        return _gate("class_shares", True, "the first snapshot: nothing to compare with")
    now, then = counts["classes"], sum(before.values())
    changed = [
        name
        for name in sorted(set(now) | set(before))
        if max(now.get(name, 0), before.get(name, 0)) >= FEWEST_OF_CLASS
        and abs(now.get(name, 0) / sum(now.values()) - before.get(name, 0) / then) > CHANGED_SHARE * before.get(name, 0) / then
    ]  # fmt: skip
    if changed and not same_files:
        return _gate("class_shares", True, f"explained by other files than before: {', '.join(changed)}")
    text = f"changed by more than half: {', '.join(changed)}" if changed else "no class changed by more than half"
    return _gate("class_shares", not changed, text)


def _gate(name: str, passed: bool, why: str) -> dict[str, Any]:
    return {"name": name, "outcome": PASSED if passed else FAILED, "why": why}


def _datasheet(counts: dict[str, Any], files: dict[str, Any], labels: int, cutoff: datetime) -> str:
    """A datasheet for people, after Gebru et al., "Datasheets for Datasets" (2021)."""
    origin = "".join(
        f"| {card.TERMS[name][0]} | {count:,} | {card.TERMS[name][1]} |\n"
        for name, count in counts.get("sources", {}).items()
    )
    classes = "".join(f"| {name} | {count:,} |\n" for name, count in counts.get("classes", {}).items())
    return (
        f"# Datasheet\n\nLabels up to {cutoff:%Y-%m-%d %H:%M} UTC: {labels:,} made here, {len(files)} imported files.\n\n"
        f"## Composition\n\n| Source | Texts | Terms |\n|---|---|---|\n{origin}\n| Category | Texts |\n|---|---|\n{classes}\n"
        "## Collection\n\nPublic posts about disasters, labelled by crowd workers (imported files), by this site's "
        "reviewers (triage and the labelling queue), or written for the exercise.\n\n"
        f"## Split\n\n{SPLIT_RULE[0].upper()}{SPLIT_RULE[1:]}.\n\n"
        "## Erasure\n\nA snapshot holds ids and hashes. When a post is erased its label loses its text, and every later "
        "training from this snapshot leaves it out.\n"
    )


def needs_forgetting(snapshot: Snapshot) -> bool:
    """Whether so many of a snapshot's labels were erased that a new model is due."""
    return bool(snapshot.labels) and tombstones(snapshot) >= TOMBSTONES * len(snapshot.labels)
