"""CAP 1.2: single alerts, and RSS or Atom lists that link to alerts or hold them.

http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

import hashlib
from urllib.parse import urljoin
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
from responder.hazards.shapes import Shape
from responder.models.official_alert import AREA_LIMIT, HEADLINE_LIMIT, RAW_LIMIT, TEXT_LIMIT

MOST_ENTRIES, MOST_INFOS, MOST_AREAS, MOST_POINTS, MOST_REFERENCES = 1_000, 40, 200, 20_000, 100
LEVELS = {
    "extreme": Level.EXTREME, "severe": Level.SEVERE, "moderate": Level.MODERATE, "minor": Level.MINOR,
}  # fmt: skip
STATUSES = ("actual", "exercise")  # tests, drafts and messages between systems warn of nothing
TYPES = {"alert": "Alert", "update": "Update", "cancel": "Cancel"}  # acknowledgements and errors are no alerts
NAMESPACE = "urn:oasis:names:tc:emergency:cap:1."


def parse(body: bytes, address: str) -> Answer:
    """The alerts that an answer holds, and the addresses of those that it links to. Raises Unreadable.

    Arguments:
        address: of the answer, from which relative links start.
    """
    root = xml.parse(body)
    kind, answer = xml.name(root), Answer()
    if kind == "alert":
        _add(answer, root)
        return answer
    channel = xml.child(root, "channel") if kind == "rss" else root if kind == "feed" else None
    if channel is None:
        raise Unreadable("it is neither a CAP alert nor an RSS or Atom list")
    for number, entry in enumerate(xml.children(channel, "item" if kind == "rss" else "entry")):
        if number >= MOST_ENTRIES:
            answer.problems.append(f"the list has more than {MOST_ENTRIES} entries")
            break
        inner = next((one for one in entry.iter() if xml.name(one) == "alert" and NAMESPACE in str(one.tag)), None)
        if inner is not None:
            _add(answer, inner)
        elif link := _link(entry, address):
            changed = xml.text(entry, "updated") or xml.text(entry, "pubDate")
            answer.links[_key(link, changed)] = link
        else:
            answer.problems.append(f"entry {number + 1}: it links to no alert")
    return answer


def parse_alert(body: bytes) -> Answer:
    """The alert of a document that a list linked to. Raises Unreadable."""
    root = xml.parse(body)
    if xml.name(root) != "alert":
        raise Unreadable("it is not a CAP alert")
    answer = Answer()
    _add(answer, root)
    return answer


def _add(answer: Answer, alert: Element) -> None:
    try:
        draft = _draft(alert)
    except (Unreadable, ValueError) as error:
        answer.problems.append(f"{xml.text(alert, 'identifier')[:60] or 'an alert'}: {error}")
        return
    if draft is not None:
        answer.drafts.append(draft)


def _draft(alert: Element) -> Draft | None:
    """The alert; None for a message that warns of nothing, such as a test."""
    status, message_type = xml.text(alert, "status").lower(), TYPES.get(xml.text(alert, "msgType").lower(), "")
    if not status:
        raise Unreadable("it does not state its status")
    if status not in STATUSES or not message_type or xml.text(alert, "scope").lower() == "private":
        return None
    sender = xml.text(alert, "sender")
    sent = sent_time(xml.text(alert, "sent"))
    own = identifier(sender, xml.text(alert, "identifier") or _missing())
    infos = list(xml.children(alert, "info"))[:MOST_INFOS]
    info = _preferred(infos)
    if info is None:
        if message_type != "Cancel":
            raise Unreadable("it describes nothing")
        info = Element("info")  # a cancellation need not describe what it ends
    severity, event = xml.text(info, "severity"), xml.text(info, "event")
    language = xml.text(info, "language")
    areas = [area for one in infos if xml.text(one, "language") == language for area in xml.children(one, "area")]
    areas = areas[:MOST_AREAS]
    if xml.text(info, "responseType").lower() == "allclear":
        message_type = "Cancel"
    names = dict.fromkeys(xml.text(area, "areaDesc") for area in areas)
    return Draft(
        identifier=own,
        sent=sent,
        shape=_shape(areas),
        references=_references(xml.text(alert, "references"), sender, own),
        is_cancelled=message_type == "Cancel",
        message_type=message_type,
        is_exercise=status == "exercise",
        hazard=kinds.from_words(f"{event} {xml.text(info, 'headline')}", xml.text(info, "category")),
        event_type=one_line(event, 100),
        level=LEVELS.get(severity.lower(), Level.UNKNOWN),
        level_word=one_line(severity, 60),
        urgency=one_line(xml.text(info, "urgency"), 20),
        certainty=one_line(xml.text(info, "certainty"), 20),
        headline=one_line(xml.text(info, "headline") or event or message_type, HEADLINE_LIMIT),
        description=lines(xml.text(info, "description"), TEXT_LIMIT),
        instruction=lines(xml.text(info, "instruction"), TEXT_LIMIT),
        sender_name=one_line(xml.text(info, "senderName") or sender, 200),
        area_name=one_line("; ".join(filter(None, names)), AREA_LIMIT),
        url=web_address(xml.text(info, "web")),
        onset=moment(xml.text(info, "onset")) or moment(xml.text(info, "effective")),
        expires=end_time(xml.text(info, "expires"), sent),
        raw=xml.source_text(alert, RAW_LIMIT),
    )


def _missing() -> str:
    raise Unreadable("it has no identifier")


def _preferred(infos: list[Element]) -> Element | None:
    """The English description, otherwise the first."""
    english = (one for one in infos if xml.text(one, "language").lower().startswith("en"))
    return next(english, infos[0] if infos else None)


def _shape(areas: list[Element]) -> Shape:
    polygons, circles = [], []
    for area in areas:
        polygons += [_points(xml_polygon) for xml_polygon in xml.children(area, "polygon")]
        circles += [_circle(one) for one in xml.children(area, "circle")]
    return Shape.of(polygons, circles)


def _points(polygon: Element) -> list[tuple[float, float]]:
    """A ring as (longitude, latitude) of CAP's pairs `latitude,longitude`; empty where one is no pair of numbers."""
    try:
        pairs = [pair.split(",") for pair in (polygon.text or "").split()[:MOST_POINTS]]
        return [(float(longitude), float(latitude)) for latitude, longitude in pairs]
    except ValueError:
        return []


def _circle(circle: Element) -> tuple[float, ...]:
    """(longitude, latitude, kilometres) of CAP's `latitude,longitude radius`; empty where it is none."""
    try:
        centre, radius = (circle.text or "").split()
        latitude, longitude = centre.split(",")
        return float(longitude), float(latitude), float(radius)
    except ValueError:
        return ()


def _references(text: str, sender: str, own: str) -> tuple[str, ...]:
    """Identifiers of the earlier alerts, each written `sender,identifier,sent`.

    Only those of the same sender: in a list of several services, none may end the alerts of another.
    """
    found = []
    for reference in text.split()[:MOST_REFERENCES]:
        parts = reference.split(",")
        if len(parts) == 3 and parts[0] == sender and parts[1]:
            found.append(identifier(parts[0], parts[1]))
    return tuple(one for one in dict.fromkeys(found) if one != own)


def _link(entry: Element, address: str) -> str:
    """The address of the alert of an entry; empty without one."""
    typed, plain = "", ""
    for link in [*xml.children(entry, "link"), *xml.children(entry, "enclosure")]:
        target = link.get("href") or link.get("url") or (link.text or "")
        if link.get("rel", "alternate") not in ("alternate", "enclosure"):
            continue
        if "cap" in link.get("type", ""):
            typed = typed or target
        plain = plain or target
    target = (typed or plain or xml.text(entry, "id")).strip()
    try:
        return web_address(urljoin(address, target)) if target else ""
    except ValueError:
        return ""


def _key(link: str, changed: str) -> str:
    return hashlib.sha256(f"{link}\n{changed[:64]}".encode()).hexdigest()[:20]
