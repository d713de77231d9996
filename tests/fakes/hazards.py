"""Sources of official alerts on loopback: GDACS, USGS and a CAP service, with the faults that such sources have.

A `Source` answers each path with a body, or with what a test puts in its place: a status, headers, a slow or endless answer.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.serving import serving

SQUARE = "-20.5,34 -20.5,35.5 -19,35.5 -19,34 -20.5,34"  # around Beira, as CAP writes it: latitude,longitude
BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><item>
<title>&b;</title></item></channel></rss>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item>
</channel></rss>"""


@dataclass
class Reply:
    """One answer.

    Arguments:
        drip_s: seconds between parts of one byte; the answer then never ends by itself.
        etag: sent along, and answered with 304 when it comes back.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    etag: str = ""


class Source:
    """Answers by path, and what it was asked."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""
        self.stopped = threading.Event()

    def answer(self, path: str, body: str | bytes = b"", **options: Any) -> str:
        """Set what a path answers; returns its address."""
        self.replies[path] = Reply(body.encode() if isinstance(body, str) else body, **options)
        return self.address + path

    def paths(self) -> list[str]:
        return [path for path, _headers in self.asked]


@contextmanager
def source() -> Iterator[Source]:
    """A source on a free port of this machine."""
    found = Source()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, dict(self.headers)))
            reply = found.replies.get(self.path, Reply(b"no such list", 404))
            if reply.etag and self.headers.get("If-None-Match") == reply.etag:
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(reply.status)
            for name, value in (reply.headers | ({"ETag": reply.etag} if reply.etag else {})).items():
                self.send_header(name, value)
            if reply.drip_s:
                self._drip(reply)
                return
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True  # who asked has heard enough

        def _drip(self, reply: Reply) -> None:
            self.end_headers()
            try:
                while not found.stopped.wait(reply.drip_s):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        def log_message(self, *_arguments: Any) -> None:
            pass

    with serving(Handler) as address:
        found.address = address
        yield found
        found.stopped.set()


def gdacs_item(at: datetime, **changes: str) -> str:
    """An entry of GDACS: a flood at Beira unless changed. `changes` replace elements by their name; empty leaves them out."""
    values = {
        "title": "Orange flood alert in Mozambique", "link": "https://www.gdacs.org/report.aspx?eventtype=FL&amp;eventid=1",
        "pubDate": format_datetime(at), "georss:point": "-19.84 34.84", "gdacs:eventtype": "FL", "gdacs:eventid": "1",
        "gdacs:alertlevel": "Orange", "gdacs:iscurrent": "true", "gdacs:country": "Mozambique", "gdacs:severity": "Magnitude 7.3",
        "description": "Rivers are over their banks.",
    } | changes  # fmt: skip
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value) + "</item>"


def gdacs(*items: str) -> str:
    names = 'xmlns:gdacs="http://www.gdacs.org" xmlns:georss="http://www.georss.org/georss"'
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {names}><channel><title>GDACS</title>{"".join(items)}</channel></rss>'


def quake(at: datetime, **changes: Any) -> dict[str, Any]:
    """A feature of USGS: magnitude 6.1 near Beira unless changed."""
    moment = int(at.timestamp() * 1000)
    facts = {
        "mag": 6.1, "place": "20 km N of Beira, Mozambique", "time": moment, "updated": moment, "url": "https://earthquake.usgs.gov/x",
        "alert": "yellow", "status": "reviewed", "tsunami": 0, "ids": ",us1,", "title": "M 6.1 - 20 km N of Beira", "type": "earthquake",
    }  # fmt: skip
    own = {"id": "us1", "geometry": {"type": "Point", "coordinates": [34.84, -19.6, 10.0]}}
    own |= {name: value for name, value in changes.items() if name in own}
    facts |= {name: value for name, value in changes.items() if name not in own}
    return {"type": "Feature", "properties": facts} | own


def usgs(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "metadata": {"count": len(features)}, "features": features})


def cap_alert(at: datetime, number: str = "1", **changes: str) -> str:
    """A CAP alert: a flood warning around Beira unless changed. `polygon=""` leaves the outline out; `info` replaces all of it."""
    values = {
        "sender": "met@example.org", "sent": at.isoformat(timespec="seconds"), "status": "Actual", "msgType": "Alert", "scope": "Public",
        "references": "", "event": "Flood Warning", "severity": "Severe", "urgency": "Immediate", "certainty": "Observed",
        "expires": "", "headline": "Flood warning for the Pungwe", "language": "en-GB", "polygon": SQUARE, "areaDesc": "Sofala",
        "category": "Met",
    } | changes  # fmt: skip
    info = values.get("info") or (
        f"<info><language>{values['language']}</language><category>{values['category']}</category><event>{values['event']}</event>"
        f"<urgency>{values['urgency']}</urgency><severity>{values['severity']}</severity><certainty>{values['certainty']}</certainty>"
        + (f"<expires>{values['expires']}</expires>" if values["expires"] else "")
        + f"<headline>{values['headline']}</headline><area><areaDesc>{values['areaDesc']}</areaDesc>"
        + (f"<polygon>{values['polygon']}</polygon>" if values["polygon"] else "")
        + "</area></info>"
    )
    references = f"<references>{values['references']}</references>" if values["references"] else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{number}</identifier>'
        f"<sender>{values['sender']}</sender><sent>{values['sent']}</sent><status>{values['status']}</status>"
        f"<msgType>{values['msgType']}</msgType><scope>{values['scope']}</scope>{references}{info}</alert>"
    )


def reference(number: str, at: datetime, sender: str = "met@example.org") -> str:
    return f"{sender},{number},{at.isoformat(timespec='seconds')}"


def rss(*links: str) -> str:
    items = "".join(f"<item><title>An alert</title><link>{link}</link></item>" for link in links)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def atom(*links: str, updated: str = "2026-01-01T00:00:00Z") -> str:
    entries = "".join(
        f'<entry><id>x</id><updated>{updated}</updated><link rel="self" href="/self"/><link type="application/cap+xml" href="{link}"/></entry>'
        for link in links
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'


Make = Callable[..., Any]
