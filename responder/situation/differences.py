"""What changed between two versions of a report: lines of text, and figures."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from responder.models import SituationVersion
from responder.privacy.masking import mask
from responder.situation import figures, sections

SAME, REMOVED, ADDED = "same", "removed", "added"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of text: the same in both, removed, or added."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """A figure whose value differs."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedSection:
    """A section with its changed lines, and those around them."""

    title: str
    lines: list[ChangedLine] = field(default_factory=list)


def between(older: SituationVersion, newer: SituationVersion) -> tuple[list[ChangedSection], list[ChangedFigure]]:
    """(sections with differences, figures with differences). Names of figures stay as they are written: {confirmed}."""
    changed = []
    for name, title in sections.TITLES.items():
        before, after = (mask(one.sections.get(name, "")).split("\n") for one in (older, newer))
        if before != after:
            changed.append(ChangedSection(str(title), list(_lines(before, after))))
    return changed, _figures(older.facts.content, newer.facts.content)


def _lines(before: list[str], after: list[str]) -> list[ChangedLine]:
    kinds = {"- ": REMOVED, "+ ": ADDED, "  ": SAME}
    return [
        ChangedLine(kinds[line[:2]], line[2:])
        for line in difflib.ndiff(before, after)
        if line[:2] in kinds and line[2:].strip()
    ]


def _figures(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedFigure]:
    old, new = before.get("figures", {}), after.get("figures", {})
    pairs = [(key, old.get(key, {}), row) for key, row in new.items()]
    return [
        ChangedFigure(str(row["label"]), figures.shown(was) if was else "–", figures.shown(row))
        for _key, was, row in pairs
        if not was or figures.shown(was) != figures.shown(row)
    ]
