"""A report as it is shown: the one form that pages, PDFs, word processors, Markdown and JSON are made from.

Everything in it is masked: the words that people wrote are masked here, and the facts were masked when they were gathered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder.models import SituationReport, SituationVersion
from responder.models.incident import PREFIX
from responder.privacy.masking import mask
from responder.queries import items
from responder.situation import figures, maps, sections
from responder.situation.sections import Line

KEY_FIGURES = ("unanswered", "critical", "confirmed", "going", "done", "cannot-be-met", "handed-over", "reviewed")
SHOWN_EVIDENCE = 60  # ids of a figure, as links on a page
HOUR = 60  # minutes
WRITTEN_AT = "%d %b %Y %H:%M"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure of the report, with its evidence in words and ids."""

    key: str
    label: str
    value: str
    before: str
    change: str
    authors: int | None
    incidents: list[str]
    posts: list[int]
    counted: int
    names: str
    is_of_posts: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its title, its lines, and whether its text is as it was generated."""

    key: str
    title: str
    lines: list[Line]
    is_generated: bool = True


@dataclass(frozen=True)
class Document:
    """A version of a report, ready to be shown."""

    report: SituationReport
    version: SituationVersion
    facts: Mapping[str, Any] = field(repr=False)

    @cached_property
    def title(self) -> str:
        return _("Situation report %(number)d: %(event)s") % {"number": self.report.number, "event": self.event_name}

    @cached_property
    def event_name(self) -> str:
        return mask(self.report.event.name)

    @property
    def is_exercise(self) -> bool:
        return self.report.is_exercise or self.report.event.is_exercise

    @cached_property
    def period(self) -> str:
        """The period in the event's local time. That of the facts, which a later change of the report leaves alone."""
        start, end = (self._local(self.facts.get("period", {}).get(name)) for name in ("from", "to"))
        return f"{start} – {end} ({self.report.event.time_zone})"

    @cached_property
    def generated_at(self) -> str:
        return self._local(self.version.facts.at.isoformat())

    @property
    def status(self) -> str:
        """The state in words; only a published report has no warning in it."""
        if self.report.state == SituationReport.State.PUBLISHED:
            return _("Published")
        return _("%(state)s, not published") % {"state": self.report.get_state_display()}

    @cached_property
    def sections(self) -> list[Section]:
        fresh = sections.generated(self.facts) if self.facts.get("figures") else {}
        texts = self.version.sections
        return [
            Section(
                name, str(title), list(sections.lines(texts.get(name, ""), self.facts)),
                texts.get(name, "") == fresh.get(name, ""),
            )
            for name, title in sections.TITLES.items()
        ]  # fmt: skip

    @cached_property
    def key_figures(self) -> list[KeyFigure]:
        return [self.figures[key] for key in KEY_FIGURES if key in self.figures]

    @cached_property
    def figures(self) -> dict[str, KeyFigure]:
        """Every figure by its key."""
        return {key: _figure(key, row) for key, row in self.facts.get("figures", {}).items()}

    @cached_property
    def used(self) -> list[KeyFigure]:
        """The figures that stand in the report, in order, whose evidence is listed at its end."""
        keys = [key for section in self.sections for line in section.lines for key in line.figures]
        return [self.figures[key] for key in dict.fromkeys([*KEY_FIGURES, *keys]) if key in self.figures]

    @cached_property
    def incidents(self) -> list[dict[str, Any]]:
        return [
            row | {"needs_words": needs_in_words(row["needs"]), "waiting_words": minutes_in_words(row["waiting_min"])}
            for row in self.facts.get("incidents", ())
        ]

    @property
    def more_incidents(self) -> int:
        return int(self.facts.get("more_incidents", 0))

    @cached_property
    def needs(self) -> list[dict[str, Any]]:
        return [
            row | {"needed_refs": refs(row["needed"]), "met_refs": refs(row["met"])}
            for row in self.facts.get("needs", ())
        ]

    @cached_property
    def access(self) -> list[dict[str, Any]]:
        return [
            row | {"refs": refs(row["incidents"]), "roads": [road_as_shown(road) for road in row.get("roads", ())]}
            for row in self.facts.get("access", ())
        ]

    @cached_property
    def picture(self) -> maps.Picture:
        return maps.draw(self.facts)

    @property
    def map_svg(self) -> str:
        return maps.svg(self.picture)

    def _local(self, text: str | None) -> str:
        if not text:
            return ""
        return datetime.fromisoformat(text).astimezone(ZoneInfo(self.report.event.time_zone)).strftime(WRITTEN_AT)


def of_version(version: SituationVersion) -> Document:
    """The document of a version, which comes with its report, event and facts."""
    return Document(version.report, version, version.facts.content)


def refs(ids: list[int]) -> list[str]:
    """References of incidents, such as INC-0042."""
    return [f"{PREFIX}{number:04d}" for number in ids]


def needs_in_words(needs: list[str]) -> str:
    """Needs as a list of words."""
    return ", ".join(items.need_label(need) for need in needs)


def road_as_shown(road: Mapping[str, Any]) -> dict[str, Any]:
    """A statement about a road, with its evidence in words and the first of its posts."""
    n = len(road["posts"])
    posts = ngettext("%(n)d post", "%(n)d posts", n) % {"n": n}
    confirmed = _("confirmed by people") if road["is_confirmed"] else _("not confirmed")
    return {**road, "shown_posts": road["posts"][:SHOWN_EVIDENCE], "words": f"{posts}, {confirmed}"}


def roads_in_words(row: Mapping[str, Any]) -> str:
    """What is stated about the roads of a place, with incidents and posts, for files without links."""
    return "; ".join(
        f"{road['ref']}: {road['label']} ({road['words']}"
        + (f": {', '.join(map(str, road['shown_posts']))}" if road["shown_posts"] else "")
        + ")"
        for road in row["roads"]
    )


def minutes_in_words(minutes: int | None) -> str:
    """A time that somebody waits: minutes up to two hours, then hours; empty for None."""
    if minutes is None:
        return ""
    return _("%(n)d min") % {"n": minutes} if minutes < 2 * HOUR else _("%(n)d h") % {"n": minutes // HOUR}


def _figure(key: str, row: Mapping[str, Any]) -> KeyFigure:
    incidents, posts = row.get("incidents", []), row.get("posts", [])
    return KeyFigure(
        key=key, label=str(row.get("label", key)), value=figures.shown(row), before=figures.shown(row, "before"),
        change=figures.shown(row, "change"), authors=row.get("authors"), incidents=refs(incidents[:SHOWN_EVIDENCE]),
        posts=list(posts[:SHOWN_EVIDENCE]), counted=len(incidents) + len(posts),
        names=figures.shown(row, "names") if row.get("names") else "", is_of_posts=row.get("unit") == figures.POSTS,
    )  # fmt: skip
