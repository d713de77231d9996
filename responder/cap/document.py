"""An alert as XML: CAP 1.2, http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html. Element order is fixed.

It contains no texts of posts: evidence is given as post IDs and the incident's URL.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

from responder.exports.kinds import ILLEGAL_IN_XML
from responder.models import CapAlert
from responder.privacy import policy
from responder.privacy.masking import mask

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
DRAFT = "Draft"
LOGIN = "Evidence, for people with a log-in"
EVIDENCE_LIMIT = 200
LEAST_RADIUS_KM = 1.0  # anything more exact could be somebody's home
DECIMALS = 2  # of coordinates
CHAIN_LIMIT = 200


def document(alert: CapAlert, *, sender: str, sent: datetime, base_url: str) -> str:
    """The alert as XML.

    Arguments:
        sender: who is responsible for it, as the standard's `sender`.
        sent: when.
        base_url: of this site, for links to evidence; without a slash at the end.
    """
    root = ElementTree.Element(f"{{{NAMESPACE}}}alert")
    for name, value in _head(alert, sender, sent):
        _add(root, name, value)
    info = ElementTree.SubElement(root, f"{{{NAMESPACE}}}info")
    for name, value in _info(alert, base_url):
        _add(info, name, value)
    _evidence(info, alert, base_url)
    _area(info, alert)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode", default_namespace=NAMESPACE)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def status(alert: CapAlert) -> str:
    """The CAP status; anything fictional is always an exercise."""
    if alert.is_exercise:
        return policy.EXERCISE
    return policy.ACTUAL if alert.state == CapAlert.State.PUBLISHED else DRAFT


def references(alert: CapAlert) -> str:
    """All alerts before it in its chain, the oldest first, as the standard writes them."""
    found: list[str] = []
    before = alert.follows
    while before is not None and before.sent_at is not None and len(found) < CHAIN_LIMIT:
        found.insert(0, f"{before.sender},{before.identifier},{moment(before.sent_at)}")
        before = before.follows
    return " ".join(found)


def moment(at: datetime) -> str:
    """A time in CAP's format: UTC is `-00:00`, never Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _head(alert: CapAlert, sender: str, sent: datetime) -> Iterator[tuple[str, str]]:
    drafted = "" if alert.state == CapAlert.State.PUBLISHED else "Draft, not published. "
    yield "identifier", alert.identifier
    yield "sender", sender
    yield "sent", moment(sent)
    yield "status", status(alert)
    yield "msgType", alert.message
    yield "scope", "Public"
    yield "note", f"{drafted}{'Exercise: fictional. ' if alert.is_exercise else ''}{mask(alert.note)}".strip()
    yield "references", references(alert)
    yield "incidents", alert.incident.ref if alert.incident else ""


def _info(alert: CapAlert, base_url: str) -> Iterator[tuple[str, str]]:
    yield "language", "en"
    yield "category", alert.category
    yield "event", mask(alert.hazard)
    yield "responseType", alert.response
    yield "urgency", alert.urgency
    yield "severity", alert.severity
    yield "certainty", alert.certainty
    yield "expires", moment(alert.expires_at)
    yield "senderName", "Responder"
    yield "headline", f"{'EXERCISE: ' if alert.is_exercise else ''}{mask(alert.headline)}"
    yield "description", mask(alert.description)
    yield "instruction", alert.instruction  # may name a telephone number to call
    yield "web", f"{base_url}/alerts/{alert.identifier}/"


def _evidence(info: ElementTree.Element, alert: CapAlert, base_url: str) -> None:
    ids = list(alert.posts.order_by("pk").values_list("pk", flat=True)[:EVIDENCE_LIMIT]) if alert.pk else []
    if ids:
        _add_all(info, "parameter", valueName="responder:evidence", value=" ".join(f"post:{pk}" for pk in ids))
    for pk in () if alert.incident else ids:
        _add_all(info, "resource", resourceDesc=LOGIN, mimeType="text/html", uri=f"{base_url}/map/?sel={pk}")
    if alert.incident:
        uri = f"{base_url}/incidents/{alert.incident.ref}/"
        _add_all(info, "resource", resourceDesc=LOGIN, mimeType="text/html", uri=uri)


def _area(info: ElementTree.Element, alert: CapAlert) -> None:
    circle = ""
    if alert.latitude is not None and alert.longitude is not None:
        radius = max(alert.radius_km or 0.0, LEAST_RADIUS_KM)
        circle = f"{round(alert.latitude, DECIMALS)},{round(alert.longitude, DECIMALS)} {round(radius, 1)}"
    _add_all(info, "area", areaDesc=mask(alert.area), circle=circle)


def _add_all(parent: ElementTree.Element, name: str, **values: str) -> None:
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in values.items():
        _add(child, key, value)


def _add(parent: ElementTree.Element, name: str, value: str) -> None:
    if value:
        ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = ILLEGAL_IN_XML.sub("\ufffd", value)
