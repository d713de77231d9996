"""The sections of a report: their generated text, and the figures that stand in it.

A section is lines of text. `{name}` stands for a figure and is replaced when the report is shown, so that a person who
edits the words can't change a number by accident, and every number leads to its evidence. `{name.before}` is the figure
at the start of the period, `{name.change}` the difference, `{name.names}` the names that it counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.errors import FieldChecks, Invalid
from responder.models.situation import SECTION_LIMIT
from responder.privacy.masking import mask
from responder.situation import figures

TITLES: dict[str, str | Promise] = {
    "overview": gettext_lazy("Overview"),
    "needs": gettext_lazy("Needs by place"),
    "access": gettext_lazy("Access and damage"),
    "incidents": gettext_lazy("Incidents"),
    "unknown": gettext_lazy("What is not known"),
    "next": gettext_lazy("Priorities and next steps"),
}
PARTS = ("before", "change", "names")
TOKEN = re.compile(r"\{([a-z][a-z-]{0,30})(?:\.([a-z]{1,10}))?\}")
Sections = dict[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: words, or a figure's value with the key that leads to its evidence."""

    text: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a section, with the keys of the figures in it; without any, a person wrote it."""

    pieces: list[Piece]
    figures: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def generated(facts: Mapping[str, Any]) -> Sections:
    """The generated text of each section. A line about nothing, now and before, is left out."""
    found = {
        "overview": [
            (_("Confirmed incidents: {confirmed} so far; {confirmed.before} at the start of the period."), "confirmed"),
            (_("Confirmed in the period: {new}; in the period before: {new.before}."), "new"),
            (_("Nobody is going yet: {unanswered}; {unanswered.before} at the start of the period."), "unanswered"),
            (_("Critical and not resolved: {critical}; {critical.before} at the start of the period."), "critical"),
            (_("Somebody is on the way: {going}; {going.before} at the start of the period."), "going"),
            (_("Resolved in the period: {done} done, {cannot-be-met} that cannot be met, {handed-over} handed to another organisation."), "done cannot-be-met handed-over"),
            (_("Places with an incident that is not resolved: {places}."), "places"),
            (_("Posts reviewed by people in the period: {reviewed}; in the period before: {reviewed.before}."), "reviewed"),
        ],
        "needs": [],
        "access": [
            (_("Incidents whose posts state a closed road: {road-closed}; an open road: {road-open}."), "road-closed road-open"),
        ],
        "incidents": [
            (_("Unanswered incidents come first. From at most one independent author: {single}."), "single"),
        ],
        "unknown": [
            (_("Critical incidents that nobody has confirmed: {unconfirmed}."), "unconfirmed"),
            (_("Critical posts that nobody has reviewed: {unreviewed}."), "unreviewed"),
            (_("Critical or high posts without a place: {unplaced}."), "unplaced"),
            (_("Incidents whose posts disagree whether a road is open: {road-disputed}."), "road-disputed"),
            (_("Posts in languages that the model can’t read, not yet reviewed: {unread}: {unread.names}."), "unread"),
            (_("Team areas without a post in the period: {silent-areas}: {silent-areas.names}."), "silent-areas"),
            (_("Large towns without a post in the period: {silent-towns}: {silent-towns.names}."), "silent-towns"),
            (_("Periods in which a feed may lack posts: {gaps}: {gaps.names}."), "gaps"),
        ],
        "next": [],
    }  # fmt: skip
    return {
        section: "\n".join(line for line, keys in lines if any(_says(facts, key) for key in keys.split()))
        for section, lines in found.items()
    }


def _says(facts: Mapping[str, Any], key: str) -> bool:
    figure = facts["figures"].get(key)
    if figure is None:  # facts of an earlier version lack it
        return False
    return key in ("confirmed", "unanswered") or bool(figure["value"] or figure.get("before"))


def read(texts: Mapping[str, str], facts: Mapping[str, Any]) -> Sections:
    """The checked texts of a form. Raises InvalidFields, with a message for each wrong section."""
    checks = FieldChecks()
    found = {
        name: checks.read(name, _text, str(texts[name] or ""), facts) for name in TITLES if texts.get(name) is not None
    }
    checks.require_valid()
    return found


def _text(text: str, facts: Mapping[str, Any]) -> str:
    text = "\n".join(line.rstrip() for line in text.replace("\x00", "").replace("\r\n", "\n").split("\n")).strip()
    if len(text) > SECTION_LIMIT:
        raise Invalid(_("A section can have at most %(limit)d characters.") % {"limit": SECTION_LIMIT})
    known = facts.get("figures", {})
    for match in TOKEN.finditer(text):
        if match[1] not in known or (match[2] and match[2] not in PARTS):
            raise Invalid(
                _("“%(token)s” is not a figure of this report. Use one of those listed below the text.")
                % {"token": match[0]}
            )
    return text


def lines(text: str, facts: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a section as shown: masked, with the values of their figures."""
    known = facts.get("figures", {})
    for line in mask(text).split("\n"):
        if line.strip():
            yield _line(line.strip(), known)


def _line(text: str, known: Mapping[str, Any]) -> Line:
    pieces, keys, at = [], list[str](), 0
    for match in TOKEN.finditer(text):
        if match[1] not in known:
            continue
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()]))
        pieces.append(Piece(figures.shown(known[match[1]], match[2] or ""), match[1]))
        if match[1] not in keys:
            keys.append(match[1])
        at = match.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return Line(pieces, keys)
