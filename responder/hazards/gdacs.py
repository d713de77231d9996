"""GDACS, the alerts of the UN and the European Commission: RSS with an element per hazard, changed as it develops.

https://www.gdacs.org/xml/rss.xml. A hazard keeps its identifier through its episodes, so that a later one changes the row.
"""

from xml.etree.ElementTree import Element

from responder.hazards import kinds, xml
from responder.hazards.drafts import (
    Answer,
    Draft,
    Level,
    Unreadable,
    end_time,
    identifier,
    lines,
    moment,
    one_line,
    sent_time,
    web_address,
)  # fmt: skip
from responder.hazards.magnitudes import felt_km, magnitude_of
from responder.hazards.shapes import Shape
from responder.models.official_alert import AREA_LIMIT, HEADLINE_LIMIT, RAW_LIMIT, TEXT_LIMIT

MOST_ITEMS = 1_000
LEVELS = {"red": Level.EXTREME, "orange": Level.SEVERE, "green": Level.MINOR}
# Kilometres around the point, which is all that the list states: a rough size of what such a hazard affects.
RADIUS_KM = {"TC": 300.0, "FL": 100.0, "VO": 50.0, "DR": 300.0, "WF": 30.0, "TS": 300.0}


def parse(body: bytes) -> Answer:
    """The hazards of a GDACS list. Raises Unreadable."""
    root = xml.parse(body)
    channel = xml.child(root, "channel") if xml.name(root) == "rss" else None
    if channel is None:
        raise Unreadable("it is not RSS")
    answer = Answer()
    for number, item in enumerate(xml.children(channel, "item")):
        if number >= MOST_ITEMS:
            answer.problems.append(f"the list has more than {MOST_ITEMS} entries")
            break
        try:
            answer.drafts.append(_draft(item))
        except (Unreadable, ValueError) as error:
            answer.problems.append(f"entry {number + 1}: {error}")
    return answer


def _draft(item: Element) -> Draft:
    kind, number = xml.text(item, "eventtype").upper()[:2], xml.text(item, "eventid")
    if not (kind.isalpha() and number.isdecimal()):
        raise Unreadable("it has no event type or number")
    sent = sent_time(xml.text(item, "datemodified"), xml.text(item, "pubDate"))
    level = xml.text(item, "alertlevel")
    shape, is_assumed = _shape(item, kind)
    is_over = xml.text(item, "iscurrent").lower() == "false"
    facts = [xml.text(item, name) for name in ("severity", "population", "vulnerability")]
    described = lines(xml.text(item, "description"), TEXT_LIMIT - 500)
    return Draft(
        identifier=identifier(f"{kind}{number}"),
        sent=sent,
        shape=shape,
        radius_is_assumed=is_assumed,
        hazard=kinds.GDACS.get(kind, "other"),
        event_type=one_line(xml.text(item, "eventname") or kind, 100),
        level=LEVELS.get(level.lower(), Level.UNKNOWN),
        level_word=one_line(level.capitalize(), 60),
        headline=one_line(xml.text(item, "title"), HEADLINE_LIMIT),
        description=lines("\n".join([described, *(one_line(fact, 160) for fact in facts if fact)]), TEXT_LIMIT),
        sender_name="GDACS",
        area_name=one_line(xml.text(item, "country"), AREA_LIMIT),
        url=web_address(xml.text(item, "link")),
        onset=moment(xml.text(item, "fromdate")),
        expires=(end_time(xml.text(item, "todate"), sent) or sent) if is_over else None,
        raw=xml.source_text(item, RAW_LIMIT),
    )


def _shape(item: Element, kind: str) -> tuple[Shape, bool]:
    """(where the hazard is, whether its size is our assumption)."""
    point = xml.text(item, "point").replace(",", " ").split()
    try:
        latitude, longitude = (float(value) for value in point)
    except ValueError:
        return Shape(), False
    magnitude = magnitude_of(xml.text(item, "severity")) if kind == "EQ" else None
    km = felt_km(magnitude) if kind == "EQ" else RADIUS_KM.get(kind, 100.0)
    return Shape.of(circles=[(longitude, latitude, km)]), True
