"""Who holds roles only in single events: nothing of another event is in any answer, and nothing of it changes.

The flood is the event of the person who asks, the quake another one. Addresses come from the URLconf, so that one which is added
tomorrow is asked for too. Three things are tried of each: a row of the quake answers as a row that is not there; pages are the
same, to the last figure, whether there is a quake or not; and rows of the flood are reached, so that these tests can fail.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles, webhooks
from responder.models import (
    CapAlert,
    Claim,
    Event,
    EventRole,
    ExportJob,
    Feed,
    FeedGap,
    FieldReport,
    ImportJob,
    Incident,
    IncidentEntry,
    IncidentPost,
    IncidentSuggestion,
    MapLayer,
    PartnerFeedback,
    Post,
    ReportChannel,
    SavedView,
    Snooze,
    TeamArea,
    TriageAction,
    User,
    WebhookDelivery,
)
from responder.partners import tokens
from responder.privacy import leaving
from responder.webhooks import publishing

pytestmark = pytest.mark.django_db
MARK = "zebrafish"  # in every text of the quake
KEPT: list[type[Model]] = [
    Post, Incident, IncidentEntry, IncidentPost, CapAlert, Feed, PartnerFeedback, ExportJob, ImportJob, Event, TriageAction, Snooze, TeamArea,
    ReportChannel, FieldReport, SavedView, MapLayer,
]  # fmt: skip
NOT_ASKED = {"logout", "live-stream", "readyz", "metrics", "healthz"}
MISSING = {
    "post_id": "99999999", "ref": "INC-99999999", "identifier": "responder-" + "0" * 32, "feed_id": "99999999",
    "view_id": "99999999", "feedback_id": "99999999", "event_id": "99999999", "area_id": "99999999",
    "suggestion_id": "99999999", "layer_id": "99999999",
}  # fmt: skip


@dataclass
class Rows:
    """The rows of one event that addresses name."""

    event: Event
    post: Post
    open_post: Post
    quarantined: Post
    incident: Incident
    draft: CapAlert
    published: CapAlert
    feed: Feed
    view: SavedView
    feedback: PartnerFeedback
    export: ExportJob
    file: ImportJob
    area: TeamArea
    channel: ReportChannel
    suggestion: IncidentSuggestion
    layer: MapLayer

    def of(self, name: str, route: str) -> str:
        """What stands in an address in place of the parameter `name`."""
        if name == "ref":
            jobs = {"export": self.export.ref, "import": self.file.ref, "report-channel": self.channel.ref}
            return next((str(ref) for kind, ref in jobs.items() if route.startswith(kind)), self.incident.ref)
        found = {
            "post_id": self.post.pk, "identifier": self.published.identifier, "feed_id": self.feed.pk,
            "view_id": self.view.pk, "feedback_id": self.feedback.pk, "event_id": self.event.pk, "area_id": self.area.pk,
            "suggestion_id": self.suggestion.pk, "layer_id": self.layer.pk,
        }  # fmt: skip
        return str(found[name])


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel("2026-03-14T10:00:00Z", tick=False):
        cache.clear()
        yield


@pytest.fixture
def limited(people: dict[str, User], event: Event) -> User:
    """A person who holds all roles that can be held in a single event in the flood, and none in all events."""
    person = User.objects.create_user("limited-bea", toured=True)
    EventRole.objects.bulk_create(EventRole(person=person, event=event, role=role) for role in roles.EVENT_ROLES)
    return person


@pytest.fixture
def make_rows(people: dict[str, User], make_post: Callable[..., Post], limited: User) -> Callable[[Event, str], Rows]:
    def make(event: Event, word: str) -> Rows:
        lead, soon = people["lead"], clock.now() + timedelta(days=1)
        own = {"pk": 40_000_000 + event.pk * 1_000_000}  # ids that stand nowhere else in a page
        common = {"event": event, "author_handle": f"{word}_author", "place_name": f"{word} town"}
        post = make_post(text=f"We need {word} water", severity=1, text_key=f"key {word}", **common, **own)
        waiting = make_post(text=f"{word} again", severity=1, text_key=f"other {word}", **common, pk=own["pk"] + 1_000)
        reviewed = make_post(
            text=f"Reviewed {word}", status="confirmed", reviewed_at=clock.now(), reviewed_by=lead, **common
        )
        TriageAction.objects.create(post=reviewed, actor=lead, verb="confirm", before={}, after={}, version=2)
        quarantined = make_post(text=f"Broken {word}", state="quarantined", error=f"{word} failed", **common)
        make_post(text=f"Waiting {word}", state="accepted", **common)
        incident = Incident.objects.create(
            **own, event=event, title=f"Incident {word}", summary=word, place_name=f"{word} town", size=1
        )
        IncidentPost.objects.create(incident=incident, post=post, state="accepted")
        IncidentEntry.objects.create(incident=incident, verb="note", actor=lead, note=f"Note {word}", version=1)
        texts = {
            "event": event, "incident": incident, "category": "Safety", "hazard": word, "response": "Monitor", "created_by": lead,
            "urgency": "Immediate", "severity": "Severe", "certainty": "Likely", "headline": f"Alert {word}", "area": word,
            "expires_at": soon,
        }  # fmt: skip
        draft = CapAlert.objects.create(**texts)
        published = CapAlert.objects.create(
            **texts, state="published", published_by=lead, sent_at=clock.now(), document=f"<alert>{word}</alert>"
        )
        draft.posts.set([post])
        feed = Feed.objects.create(**own, name=f"Feed {word}", kind="mastodon", channel=word, event=event, terms=[word])
        FeedGap.objects.create(feed=feed, began_at=clock.now(), why=f"Gap {word}")
        view = SavedView.objects.create(
            **own, owner=lead, name=f"View {word}", page="map", query=f"event={event.ref}", scope="team"
        )
        token, _secret = tokens.issue(
            owner=people["partner"], organisation="Relief", name=word, scopes=["write:feedback"], by=people["superuser"]
        )
        feedback = PartnerFeedback.objects.create(
            **own,
            post=waiting,
            token=token,
            owner=people["partner"],
            organisation=f"Relief {word}",
            wrong=["place"],
            note=word,
        )
        Claim.objects.create(post=waiting, user=lead, until=clock.now() + Claim.LEASE)
        Snooze.objects.create(event=event, text_key=f"asleep {word}", by=lead, until=soon)
        export = ExportJob.objects.create(
            owner=limited, through_api=False, kind="csv", event=event, query=f"event={event.ref}", rows=1, state="done",
            expires_at=soon,
        )  # fmt: skip
        file = ImportJob.objects.create(
            owner=limited, name=f"{word}.csv", source=word, size=1, event=event, expires_at=soon, state="done"
        )
        area = TeamArea.objects.create(
            **own, event=event, name=f"Team {word}", area={"type": "Polygon", "coordinates": [[[33, -21], [34, -21], [34, -20], [33, -21]]]},
        )  # fmt: skip
        suggestion = IncidentSuggestion.objects.create(**own, event=event)
        suggestion.members.create(post=make_post(text=f"Suggested {word}", **common))
        channel = ReportChannel.objects.create(
            event=event, ref=f"ref{event.pk}", kind="public-form", name=f"Form {word}"
        )
        FieldReport.objects.create(post=waiting, ref=f"R{event.pk}", kind="phone", received_at=clock.now())
        layer = MapLayer.objects.create(
            **own, event=event, purpose="shapes", name=f"Layer {word}", source=word, file_name=f"{word}.kml", file_size=1, sha256="0" * 64,
            features=1, west=33, south=-21, east=34, north=-20,
            drawn={"features": [{"type": "Feature", "id": 1, "geometry": {"type": "Point", "coordinates": [33, -20]}, "properties": {"name": word}}]},
        )  # fmt: skip
        return Rows(
            event,
            post,
            waiting,
            quarantined,
            incident,
            draft,
            published,
            feed,
            view,
            feedback,
            export,
            file,
            area,
            channel,
            suggestion,
            layer,
        )

    return make


@pytest.fixture
def flood(event: Event, make_rows: Callable[[Event, str], Rows]) -> Rows:
    return make_rows(event, "hippo")


@pytest.fixture
def quake(flood: Rows, make_rows: Callable[[Event, str], Rows]) -> Rows:
    other = Event.objects.create(
        ref="quake",
        name=f"The {MARK} earthquake",
        started_at=clock.now(),
        west=32.0,
        south=-22.0,
        east=37.0,
        north=-16.0,
    )
    return make_rows(other, MARK)


@pytest.fixture
def asking(limited: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(limited)
    return client


def walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
        elif pattern.name not in NOT_ASKED:
            yield path, pattern


ROUTES = [(path, one) for path, one in walk(get_resolver().url_patterns) if not path.startswith(("admin/", "__"))]
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
VERBS = (
    "confirm",
    "set_off",
    "turn_back",
    "note",
    "resolve",
    "follow",
    "snooze",
    "assign",
    "edit",
    "verify",
    "publish",
    "attach",
    "merge",
    "off",
    "rotate",
)
FILLED = {
    "kind": "csv",
    "panel": "volume",
    "role": "lead",
    "form": "csv",
    "language": "en",
    "slug": "x",
    "primary": "x",
}


def addresses(rows: Rows, path: str, pattern: URLPattern) -> Iterator[tuple[str, str]]:
    """(address with a row of the event, the same with one that is not there) for a path with such a parameter."""
    names = PLACE.findall(path)
    if not MISSING.keys() & set(names) or "(" in path:
        return
    # References of other owners' rows, and of persons and models, are not of events: test_authorisation asks for them.
    route = pattern.name or ""
    if "ref" in names and not route.startswith(("incident", "api-incident", "export", "import", "report-channel")):
        return
    for verb in VERBS if "verb" in names else [""]:
        there, gone = path, path
        for name in names:
            kept = {"verb": verb}.get(name) or FILLED.get(name, "1")
            there = re.sub(rf"<(?:\w+:)?{name}>", rows.of(name, route) if name in MISSING else kept, there)
            absent = (
                "b3b6a3a0-0000-4000-8000-000000000000" if name == "ref" and "INC" not in rows.of(name, route) else ""
            )
            gone = re.sub(rf"<(?:\w+:)?{name}>", absent or MISSING.get(name, kept), gone)
        yield f"/{there}", f"/{gone}"


def body(rows: Rows) -> dict[str, Any]:
    """A form that every verb finds something in."""
    return {
        "version": "1", "verb": "confirm", "items": f"{rows.post.pk}:1", "category": "caution_and_advice", "severity": "2",
        "post": str(rows.post.pk), "reason": "A reason that is long enough", "text": "text", "title": "A title", "span": "15m",
        "into": rows.incident.ref, "into_version": "1", "grows_by": "5", "to": "1", "verification": "verified", "entry": "1",
        "message": "Update", "headline": "A headline",
    }  # fmt: skip


def content(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def names_the_quake(text: str) -> bool:
    """Whether a text holds a word of the quake's rows or its reference; a form's “Earthquake” is a hazard."""
    return MARK in text.lower() or re.search(r"\bquake\b", text) is not None


def normalised(text: str, *words: str) -> str:
    """An answer without what differs each time: tokens, nonces, cursors, and the words that were asked for."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|data-csrf="\w+"|content="\w{64}"|nonce="[^"]+"', "", text)
    text = re.sub(r'name="form_key" value="[\w-]+"', "", text)
    text = re.sub(r'to=[\w:%.-]+|"instance": "\w+"', "…", text)
    for word in words:
        text = text.replace(word, "…")
    return text


def state(rows: Rows) -> list[Any]:
    return [list(kind._default_manager.order_by("pk").values()) for kind in [*KEPT, Claim]]


def audited() -> int:
    return AuditEvent.objects.exclude(action__startswith="session.").count()


def test_the_walk_finds_the_addresses_of_rows(quake: Rows) -> None:
    found = {one.name for path, one in ROUTES for _ in addresses(quake, path, one)}
    assert {"map-item", "triage-confirm", "incident-act", "alert-publish", "source", "view-feed", "export-file", "import",
            "reveal", "suggestion-accept", "api-incident", "api-post-feedback", "api-alert"} <= found  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_event_is_as_if_it_did_not_exist(quake: Rows, asking: Client, method: str) -> None:
    before, records = state(quake), audited()
    for path, pattern in ROUTES:
        if path.startswith("api/"):
            continue
        for there, gone in addresses(quake, path, pattern):
            sent = [body(quake)] if method == "post" else []
            answer, absent = (getattr(asking, method)(address, *sent) for address in (there, gone))
            assert answer.status_code == absent.status_code, there
            assert answer.status_code in (204, 302, 400, 403, 404, 405), there  # 204: a claim of one's own is released
            text = content(answer)
            assert not names_the_quake(text), there
            words = [there, gone, quake.incident.ref, MISSING["ref"]]
            assert normalised(text, *words) == normalised(content(absent), *words), there
    assert state(quake) == before
    assert audited() == records


@pytest.mark.parametrize("method", ["get", "post"])
def test_rows_of_ones_own_event_are_reached(quake: Rows, flood: Rows, asking: Client, method: str) -> None:
    """Otherwise the walk above would prove nothing."""
    reached = set()
    for path, pattern in ROUTES:
        without_model = not path.startswith("api/") and pattern.name not in ("map-item-why", "map-item-similar")
        for there, _gone in addresses(flood, path, pattern) if without_model else ():
            sent = [body(flood)] if method == "post" else []
            answer = getattr(asking, method)(there, *sent)
            text = content(answer)
            assert answer.status_code < 500, there
            assert not names_the_quake(text), there
            if answer.status_code not in (403, 404, 405):
                reached.add(pattern.name)
    expected = {
        "get": {"map-item", "reveal", "incident", "alert", "alert-document", "source", "source-edit", "view-feed",
                "export-file", "import", "import-problems", "triage-item", "triage-beside", "map-layer", "map-layer-shapes"},
        "post": {"triage-confirm", "triage-claim", "triage-here", "incident-here", "triage-undo", "reveal", "incident-act", "alert-follow", "source-start",
                 "suggestion-refuse", "export-delete", "import-cancel", "map-layer-delete"},
    }  # fmt: skip
    assert expected[method] <= reached, expected[method] - reached


PAGES = [
    "/map/", "/map/data", "/map/items", "/feed/", "/feed/items", "/triage/", "/triage/rows", "/triage/counts", "/triage/?tab=done",
    "/triage/?tab=snoozed", "/triage/suggestions/", "/incidents/", "/incidents/news", "/alerts/", "/feeds/", "/feeds/state",
    "/feeds/set-aside/", "/feeds/new", "/import/", "/exports/", "/exports/state", "/analytics/", "/analytics/volume.csv",
    "/analytics/figures.csv", "/analytics/reviews.csv", "/analytics/languages.csv", "/analytics/places.csv",
    "/export/posts.csv", "/export/posts.geojson", "/export/incidents.csv", "/export/incidents.5w", "/live/changes", "/help/",
    "/model/card/", "/events/", "/field-reports/", "/field-reports/new", "/report-channels/new", f"/feed/?q={MARK}", f"/map/items?q={MARK}&t=event", f"/incidents/?title={MARK}", "/map/?area=-180,-90,180,90",
    "/layers/", "/map/layers", "/map/layers/incidents", "/map/layers/reports", "/map/layers/teams", "/map/mark?bbox=-180,-85,180,85",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_the_same_whether_there_is_another_event_or_not(
    flood: Rows, asking: Client, make_rows: Callable[[Event, str], Rows], request: pytest.FixtureRequest, address: str
) -> None:
    asking.get(address)  # the first request of a session also writes what every one has afterwards
    alone = asking.get(address)
    without = normalised(content(alone))
    request.getfixturevalue("quake")
    together = asking.get(address)
    assert together.status_code == alone.status_code
    assert normalised(content(together)) == without


NAMING = [
    "/map/?event={}", "/map/data?event={}", "/map/items?event={}", "/feed/?event={}", "/feed/items?event={}", "/triage/?event={}",
    "/triage/rows?event={}", "/incidents/?event={}", "/incidents/news?event={}", "/analytics/volume.csv?event={}",
    "/export/posts.csv?event={}", "/export/incidents.csv?event={}", "/live/changes?event={}&after=0",
]  # fmt: skip


@pytest.mark.parametrize("address", NAMING)
def test_naming_another_event_is_as_naming_none(quake: Rows, asking: Client, address: str) -> None:
    answers = {}
    for ref in ("nowhere", "quake", "nowhere"):
        answer = asking.get(address.format(ref))
        answers[ref] = (answer.status_code, normalised(content(answer), "quake", "nowhere"))
    assert MARK not in answers["quake"][1].lower()
    assert answers["quake"] == answers["nowhere"]


def pairs(flood: Rows, quake: Rows) -> dict[str, tuple[str, dict[str, str], dict[str, str]]]:
    """Requests that name a row of another event in what is sent: (address, with the row, with one that is not there)."""
    absent, ref = MISSING["post_id"], MISSING["ref"]
    link = leaving.confirmation(quake.post.pk, "https://strange.example/x").split("to=")[-1]
    own = f"/incidents/{flood.incident.ref}"
    merge, attach = {"version": "1", "into_version": "1"}, {"version": "1"}
    feed = {"kind": "mastodon", "name": "Another feed", "channel": "x"}
    return {
        "selected": ("GET /map/", {"sel": str(quake.post.pk)}, {"sel": absent}),
        "opened": ("GET /triage/", {"sel": str(quake.open_post.pk)}, {"sel": absent}),
        "pick": ("GET /incidents/pick", {"post": str(quake.open_post.pk)}, {"post": absent}),
        "leave": ("GET /leave/", {"to": link}, {"to": link}),
        "merge preview": (f"GET {own}/merge-preview", {"into": quake.incident.ref}, {"into": ref}),
        "view": ("GET /map/", {"view": str(quake.view.pk)}, {"view": absent}),
        "bulk": ("/triage/bulk", {"verb": "confirm", "items": f"{quake.post.pk}:1"}, {"verb": "confirm", "items": f"{absent}:1"}),
        "claims": (f"/triage/{flood.post.pk}/claim", {"seen": str(quake.open_post.pk)}, {"seen": absent}),
        "attach": (f"{own}/attach", attach | {"post": str(quake.open_post.pk)}, attach | {"post": absent}),
        "create": ("/incidents/create", {"post": str(quake.open_post.pk)}, {"post": absent}),
        "merge": (f"{own}/merge", merge | {"into": quake.incident.ref}, merge | {"into": ref}),
        "alert of a post": ("/alerts/draft", {"post": str(quake.post.pk)}, {"post": absent}),
        "alert of an incident": ("/alerts/draft", {"incident": quake.incident.ref}, {"incident": ref}),
        "feed": ("/feeds/new", feed | {"event": str(quake.event.pk)}, feed | {"event": absent}),
        "export": ("/exports/ask", {"kind": "csv", "query": "event=quake"}, {"kind": "csv", "query": "event=nowhere"}),
        "open with": ("/views/open-with", {"view": str(quake.view.pk)}, {"view": absent}),
        "retry": ("/feeds/set-aside/retry", {"post": str(quake.quarantined.pk)}, {"post": absent}),
    }  # fmt: skip


NAMES = [
    "selected", "opened", "pick", "leave", "merge preview", "view", "bulk", "claims", "attach", "create", "merge", "alert of a post",
    "alert of an incident", "feed", "export", "open with", "retry",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_may_not_name_a_row_of_another_event(flood: Rows, quake: Rows, asking: Client, name: str) -> None:
    address, there, gone = pairs(flood, quake)[name]
    method, path = address.split(" ") if " " in address else ("POST", address)
    ask = asking.get if method == "GET" else asking.post
    before = {kind: list(kind._default_manager.order_by("pk").values()) for kind in KEPT}
    answer, absent = ask(path, there), ask(path, gone)
    words = [*there.values(), *gone.values(), "quake", "nowhere", quake.incident.ref, MISSING["ref"]]
    assert answer.status_code == absent.status_code
    text = content(answer)
    assert MARK not in text.lower()
    ours, theirs = (normalised(one, *(word for word in words if len(word) > 1)) for one in (text, content(absent)))
    assert re.sub(r'"id": \d+', '"id": …', ours) == re.sub(r'"id": \d+', '"id": …', theirs)
    assert {kind: list(kind._default_manager.order_by("pk").values()) for kind in KEPT} == before


def test_an_import_goes_only_into_ones_own_events(
    flood: Rows, quake: Rows, asking: Client, make_post: Callable[..., Post]
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = asking.get("/import/").content.decode()
    assert "River flood" in page and "A new event" not in page
    file = SimpleUploadedFile("posts.csv", b"id,text\n1,water\n")
    make_post(event=quake.event, source="the quake's wire", source_id="1")
    taken = {"file": file, "source": "the quake's wire", "event": str(flood.event.pk)}
    assert (
        asking.post("/import/send", taken).status_code == 400
    )  # else the same IDs would be edits of the quake's posts
    for event in (str(quake.event.pk), "99999999", "new"):
        file = SimpleUploadedFile("posts.csv", b"id,text\n1,water\n")
        answer = asking.post("/import/send", {"file": file, "source": "wire", "event": event, "new_event": "Another"})
        assert answer.status_code == 400 and MARK not in answer.content.decode().lower()
    assert ImportJob.objects.filter(source="wire").count() == 0
    file = SimpleUploadedFile("posts.csv", b"id,text\n1,water\n")
    sent = asking.post("/import/send", {"file": file, "source": "wire", "event": str(flood.event.pk)})
    assert sent.status_code == 302 and ImportJob.objects.get(source="wire").event == flood.event


def test_pages_about_all_events_need_a_role_in_all(quake: Rows, asking: Client, people: dict[str, User]) -> None:
    for address in ("/labelling/", "/corrections/", "/model/", "/runs/", "/monitoring/", "/approvals/"):
        assert asking.get(address).status_code == 403, address
    links = re.findall(r'href="(/\w+/)', asking.get("/map/").content.decode())
    assert "/map/" in links and not {"/labelling/", "/corrections/", "/model/"} & set(links)


def test_a_post_or_incident_without_an_event_is_for_roles_in_all_events(
    flood: Rows, asking: Client, people: dict[str, User], make_post: Callable[..., Post]
) -> None:
    post, incident = make_post(event=None, text=f"{MARK} nowhere"), Incident.objects.create(title=MARK)
    lead = Client()
    lead.force_login(people["lead"])
    for address in (f"/map/items/{post.pk}", f"/triage/items/{post.pk}", f"/incidents/{incident.ref}/"):
        assert asking.get(address).status_code == 404
        assert lead.get(address).status_code == 200
    assert asking.post(f"/triage/{post.pk}/confirm", {"version": "1"}).status_code in (302, 404)
    post.refresh_from_db()
    assert post.status == Post.Status.UNREVIEWED


def test_who_views_all_events_decides_only_where_their_role_lets_them(
    flood: Rows, quake: Rows, people: dict[str, User]
) -> None:
    viewer = people["viewer"]
    EventRole.objects.create(person=viewer, event=flood.event, role="reviewer")
    client = Client(headers={"Accept": "application/json"})
    client.force_login(viewer)
    assert MARK in client.get("/map/?event=quake").content.decode()
    assert client.post(f"/triage/{quake.post.pk}/confirm", {"version": quake.post.version}).status_code == 403
    assert client.post(f"/triage/{flood.post.pk}/confirm", {"version": flood.post.version}).status_code == 200
    assert client.post(f"/incidents/{quake.incident.ref}/note", {"version": "1", "text": "x"}).status_code == 403
    assert client.post(f"/incidents/{flood.incident.ref}/note", {"version": "1", "text": "x"}).status_code == 200
    queue = client.get("/triage/?event=quake").content.decode()
    assert "let you review posts of this event" in queue and f"We need {MARK}" not in queue
    quake.post.refresh_from_db()
    assert quake.post.status == Post.Status.UNREVIEWED


def test_a_role_that_is_revoked_takes_its_files_and_pages_along(flood: Rows, asking: Client, limited: User) -> None:
    assert asking.get(f"/import/{flood.file.ref}/").status_code == 200
    EventRole.objects.filter(person=limited).delete()
    for address in (
        "/map/",
        f"/exports/{flood.export.ref}/file",
        f"/import/{flood.file.ref}/",
        f"/map/items/{flood.post.pk}",
    ):
        assert asking.get(address).status_code == 403, address
    other = Event.objects.create(ref="drought", name="Drought")
    EventRole.objects.create(person=limited, event=other, role="lead")
    for address in (f"/exports/{flood.export.ref}/file", f"/import/{flood.file.ref}/", f"/map/items/{flood.post.pk}"):
        assert asking.get(address).status_code == 404, address
    assert "Drought" in asking.get("/map/").content.decode()


@pytest.mark.parametrize("address", ["/map/data", "/map/items", "/feed/items", "/incidents/", "/triage/rows"])
def test_nothing_is_added_to_the_queries_of_who_sees_all_events(
    flood: Rows, people: dict[str, User], address: str
) -> None:
    client = Client()
    client.force_login(people["lead"])
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    about_posts = [
        one["sql"] for one in seen if 'FROM "responder_post"' in one["sql"] or "responder_incident" in one["sql"]
    ]
    assert about_posts and sum("responder_eventrole" in one["sql"] for one in seen) == 1
    of_filter = [sql for sql in about_posts if re.search(r'WHERE .*"event_id" IN', sql) and "text_key" not in sql]
    assert not of_filter


def test_a_webhook_tells_a_limited_partner_of_their_events_alone(
    flood: Rows, quake: Rows, people: dict[str, User], settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    owner = people["partner"]
    webhooks.create(url="http://127.0.0.1:9/x", owner=owner, kinds=list(webhooks.KINDS), actor="user:partner-ana")
    publishing.understood([flood.post, quake.post])
    assert WebhookDelivery.objects.count() == 2
    EventRole.objects.create(person=owner, event=flood.event, role="viewer")
    publishing.understood([flood.post, quake.post])
    publishing.changed_by_request(quake.open_post.pk, webhooks.CORRECTED, "corrected")
    newest = WebhookDelivery.objects.order_by("-pk").values_list("event__data__event", flat=True)
    assert list(newest) == ["flood", "quake", "flood"]


# The API: a partner whose only other roles are in single events reads these alone.


@pytest.fixture
def partner(people: dict[str, User], event: Event) -> APIClient:
    owner = people["partner"]
    EventRole.objects.create(person=owner, event=event, role="viewer")
    scopes = ["read:posts", "read:incidents", "export", "write:feedback"]
    _token, secret = tokens.issue(owner=owner, organisation="Relief", name="API", scopes=scopes, by=owner)
    return APIClient(headers={"Authorization": f"Token {secret}"})


API_LISTS = ["posts", "map", "incidents", "alerts", "views", "exports", "exports/posts/csv", "exports/incidents/csv"]


@pytest.mark.parametrize("path", API_LISTS)
def test_the_api_lists_only_the_partners_events(quake: Rows, flood: Rows, partner: APIClient, path: str) -> None:
    text = content(partner.get(f"/api/v1/{path}"))
    assert not names_the_quake(text)
    if path not in ("exports", "map", "views"):
        assert "hippo" in text.lower()
    answers = [partner.get(f"/api/v1/{path}", {"event": ref}) for ref in ("quake", "nowhere")]
    assert answers[0].status_code == answers[1].status_code
    there, gone = (normalised(content(answer), "quake", "nowhere") for answer in answers)
    assert there == gone


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_api_row_of_another_event_is_as_if_it_did_not_exist(quake: Rows, partner: APIClient, method: str) -> None:
    before, records = state(quake), audited()
    for path, pattern in ROUTES:
        for there, gone in addresses(quake, path, pattern) if path.startswith("api/") else ():
            sent = {"text": "A comment", "wrong": ["place"], "category": "caution_and_advice", "no_place": True}
            more = {"format": "json"} if method == "post" else {}
            answer, absent = (
                getattr(partner, method)(one, sent if method == "post" else None, **more) for one in (there, gone)
            )
            assert answer.status_code == absent.status_code, there
            assert answer.status_code in (400, 404, 405), there
            words = [there, gone, quake.incident.ref, MISSING["ref"]]
            assert normalised(content(answer), *words) == normalised(content(absent), *words)
    assert state(quake) == before
    assert audited() == records


def test_a_partner_reaches_the_rows_of_their_events(flood: Rows, partner: APIClient) -> None:
    assert partner.get(f"/api/v1/incidents/{flood.incident.ref}").status_code == 200
    assert partner.get(f"/api/v1/alerts/{flood.published.identifier}").status_code == 200
    assert partner.get(f"/api/v1/views/{flood.view.pk}/feed").status_code == 200
    sent = partner.post(
        f"/api/v1/posts/{flood.post.pk}/feedback",
        {"wrong": ["category"], "category": "caution_and_advice"},
        format="json",
    )
    assert sent.status_code == 201, sent.content
    assert partner.post("/api/v1/exports", {"kind": "csv", "event": "quake"}, format="json").status_code == 404
    assert partner.post("/api/v1/exports", {"kind": "csv", "event": "flood"}, format="json").status_code == 202
