"""Every page of the product with something on it, for tests that go through all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Response, expect

from classifier import clock, releases, serving
from classifier.models import LabelTask, RunLine, TrainingRun
from monitoring.models import AccuracyWindow, DriftReport
from responder import cap, corrections, field_reports, imports, label_schemas, label_uploads, triage
from responder.field_reports import channels, keys
from responder.imports.report import Problem, Report
from responder.incidents import commenting, membership
from responder.models import (
    AlertFiring,
    AlertRecipient,
    AlertRule,
    BaseMap,
    Event,
    ExportJob,
    Feed,
    FeedGap,
    FeedUsage,
    FieldReport,
    HazardSource,
    ImportJob,
    Incident,
    Notification,
    NotificationChannel,
    Offer,
    OfficialAlert,
    Post,
    PredictionJob,
    ReportChannel,
    Team,
    TeamArea,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from responder.partners import organisations, tokens
from responder.privacy import leaving
from responder.rumours import keeping as rumours
from responder.situation import handover, links, publishing, writing
from responder.triage import suggestions
from tests.browser import checks
from tests.classifier.versions import make_evaluation, make_version

Step = Callable[[Page], None]
WIDE = 821  # as in map-list.js
LISTENING = "html[data-shell=ready]"  # the frame's script has read the page: its keys count from here on
UNDRAWN = "canvas:is(:not([aria-label]), [aria-label=''])"  # a chart gets its sentence when it is drawn


@dataclass(frozen=True, slots=True)
class Place:
    """Arguments:
    address: path and query.
    ready: what is there once the page's scripts ran.
    steps: opens what the page keeps closed: menus, panels, dialogs.
    last: what takes long, for tests that look at everything.
    """

    address: str
    ready: str = "main"
    steps: tuple[Step, ...] = ()
    last: tuple[Step, ...] = ()


def every_place(posts: list[Post], people: dict[str, User], make_post: Callable[..., Post]) -> dict[str, Place]:
    """Name → place; makes what the pages show."""
    triage.dismiss(post_id=make_post(text="Buy shoes").pk, version=1, by=people["lead"])
    beira = [post.pk for post in posts if post.text.startswith("Beira")]
    incident = membership.create(post_ids=beira, by=people["reviewer"], title="No water at the schools of Beira")
    other = membership.create(post_ids=[posts[0].pk], by=people["lead"], title="Roof")
    over = make_post(text="All rescued from the roof, everyone is safe", severity=4, created_at=clock.now())
    membership.attach(incident_id=other.pk, version=other.version, post_ids=[over.pk], by=people["lead"])
    for number in range(3):
        LabelTask.objects.create(
            subject=f"x:{number}", text=f"The well at farm {number} is salty", text_key=f"k{number}", week="2026-W48",
            purpose="audit", lang="en",
        )  # fmt: skip
    serving.register_shipped()
    now = clock.now()
    run = TrainingRun.objects.create(
        run_key="responder-tweets:2026-W47", trigger="weekly", label_cutoff=now, state="requested", started_at=now,
        finished_at=now, cost={"wall_minutes": 50.0, "cpu_minutes": 90.0, "peak_memory_mb": 900},
    )  # fmt: skip
    RunLine.objects.create(run=run, text="step 1 of 820, 12.1 min left")
    asked = releases.propose(evaluation=make_evaluation(make_version(), run=run, calibration="failed"))
    drift = DriftReport.objects.create(
        kind="full", at=now, window_from=now, window_to=now, reference_from=now, n_window=900, n_reference=900,
        model="m 1", verdict="new event", summary="Most posts are of an event that was not there before.", action="none",
        signals=[{"name": "event", "level": "act", "value": 0.9, "threshold": 0.5, "null_99": 0.1, "why": "new event"}],
    )  # fmt: skip
    AccuracyWindow.objects.create(
        kind="audited", metric="accuracy", window_from=now, window_to=now, n=300, point=0.5, low=0.44, high=0.56,
        baseline=0.79, method="Wilson", model="m 1",
    )  # fmt: skip
    assert asked
    feed = _feeds(make_post, posts[0].event)
    owner = people["superuser"]
    token, _secret = tokens.issue(owner=owner, organisation="Relief", name="Desk", scopes=["predict"], by=owner)
    suggestions.give(
        token=token,
        post_id=posts[1].pk,
        wrong=["place"],
        priority="High",
        category="injured_or_dead_people",
        note="Seen",
    )
    commenting.comment(incident=incident, token=token, text="Our boat is there")
    organisations.joined("Aid", owner, by=owner)
    organisations.joined("Relief", people["partner"], by=owner)
    for state, done in (("done", 30_000), ("running", 12_000)):
        ExportJob.objects.create(
            owner=owner, through_api=False, kind="csv", query="event=flood&sev=1,2", rows=30_000, rows_done=done, state=state,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
    _files(owner)
    base_map = BaseMap.objects.create(
        kind="address", name="Satellite", address=f"{checks.BASE_MAP_SERVER}/{{z}}/{{x}}/{{y}}", attribution="© A"
    )
    imported, draft = _imports(owner, feed.event)
    event, team_area = _event_with_areas(feed.event)
    incidents = f"/incidents/{incident.ref}/"
    team = Team.objects.create(
        event=event, name="Boat 2", skills=["search_and_rescue"], area=team_area, contact="Channel 4"
    )
    type(incident).objects.filter(pk=incident.pk).update(team=team)
    Offer.objects.create(post=posts[0], event=event, kinds={"shelter": "blankets"}, said="we have available")
    opened = rumours.open_rumour(
        event=posts[0].event, claim="The bridge is gone", by=people["lead"], post_id=posts[0].pk
    )
    rumour = f"/rumours/{opened.ref}/"
    corrected = _corrections(posts, people["lead"])
    form = _field_reports(posts[0], people["lead"])
    situation = _situation(incident, people)
    official = _official_alert()
    schema, label_file = _labels(owner)
    return {
        "map": Place("/map/", "[data-room][data-ready]", (_open_first, _open_menus), (_read_why,)),
        "map, a filter": Place("/map/?sev=1&status=review", "[data-room][data-ready]"),
        "wall screen": Place("/map/?kiosk=1", "[data-room][data-ready]"),
        "triage": Place("/triage/", "[data-queue][data-ready] .beside-part", (_open_menus, _select_all), (_read_why,)),
        "triage, done": Place("/triage/?tab=done", "[data-queue][data-ready]"),
        "triage, nothing": Place("/triage/?tab=snoozed", "[data-queue][data-ready]"),
        "suggestions": Place("/triage/suggestions/"),
        "incidents": Place("/incidents/", steps=(_open_menus,)),
        "response": Place("/response/", steps=(_open_menus,)),
        "response, board": Place("/response/?show=board", steps=(_open_menus,)),
        "incidents, check again": Place("/incidents/recheck/", ".inc-recheck > li", (_open_menus,)),
        "incident": Place(incidents, steps=(_open_menus,)),
        "incident, merge": Place(f"{incidents}merge-preview?into={other.ref}"),
        "incident, split": Place(f"{incidents}split-preview?post={beira[0]}"),
        "incident, choice": Place(f"/incidents/pick?post={posts[1].pk}"),
        "rumours": Place("/rumours/"),
        "rumour": Place(rumour),
        "feed": Place("/feed/?q=water", "[data-post]", (_open_menus,)),
        "feed, nothing": Place("/feed/?q=nothinglikeit&sev=1"),
        "analytics": Place("/analytics/?t=6h", f"main:not(:has({UNDRAWN})) #volume-legend li", (_open_tables,)),
        "model": Place("/model/", steps=(_open_menus,)),
        "model card": Place("/model/card/"),
        "runs": Place("/runs/", steps=(_open_menus,)),
        "run": Place(f"/runs/{run.pk}/"),
        "accuracy": Place("/monitoring/"),
        "approvals": Place("/approvals/"),
        "approval": Place(f"/approvals/{asked.pk}/", steps=(_open_menus,)),
        "labelling": Place("/labelling/", "[data-text]", (_open_menus,)),
        "labelling, keys": Place("/labelling/keys"),
        "labels": Place("/labels/"),
        "labels, a preview": Place(f"/labels/{label_file}/", "tbody td"),
        "label schemas": Place("/label-schemas/"),
        "label schema": Place(f"/label-schemas/{schema}/", "tbody td"),
        "label schema, category": Place(f"/label-schemas/{schema}/categories/bridge_out/"),
        "developers": Place("/developers/", steps=(_open_menus,)),
        "alerts": Place("/alerts/"),
        "alert": Place(f"/alerts/{cap.draft(by=people['reviewer'], incident=incident).identifier}/"),
        "alert rules": Place("/rules/", "tbody a"),
        "alert rule": Place(f"/rules/{_rule(people, event).pk}/", "tbody a", (_open_menus,)),
        "alert rule, new": Place("/rules/new"),
        "notifications": Place("/notifications/", ".notification", (_open_menus,)),
        "notifications, settings": Place("/notifications/settings"),
        "exports": Place("/exports/"),
        "correction, ask": Place("/correct/"),
        "correction, receipt": Place("/correct/verify/"),
        "correction, followed": Place(f"/correct/{corrected.token}/"),
        "corrections": Place("/corrections/?tab=decided"),
        "correction": Place(f"/corrections/{corrected.checked}/"),
        "correction, done": Place(f"/corrections/{corrected.done}/"),
        "status": Place("/status/", steps=(_open_menus,)),
        "webhooks": Place("/developers/webhooks/"),
        "webhook": Place(f"/developers/webhooks/{_webhook(owner).ref}/", steps=(_open_menus,)),
        "files": Place("/files/", steps=(_open_menus,)),
        "imports": Place("/import/"),
        "import, a preview": Place(f"/import/{draft.ref}/", "tbody td", (_open_menus,)),
        "import, done": Place(f"/import/{imported.ref}/", ".counts", (_open_menus,)),
        "events": Place("/events/"),
        "event": Place(f"/events/{event.pk}/", ".land", (_open_menus,)),
        "event, new": Place("/events/new", ".land", (_open_menus,)),
        "event, edit": Place(f"/events/{event.pk}/edit", ".outline-drawn", (_open_menus,)),
        "team area": Place(f"/events/{event.pk}/areas/{team_area.pk}/", ".outline-drawn", (_open_menus,)),
        "team": Place(f"/events/{event.pk}/teams/{team.pk}/"),
        "team, new": Place(f"/events/{event.pk}/teams/new"),
        "offers": Place("/offers/", ".offers", (_open_menus,)),
        "on this device": Place("/offline/"),
        "no network": Place("/offline/away"),
        "help": Place("/help/"),
        "reports": Place("/field-reports/", "tbody a"),
        "report, new": Place("/field-reports/new", "[data-place-map]:not([hidden])"),
        "report form": Place(f"/report/{keys.key_of(form)}/"),
        "report channel": Place(f"/report-channels/{form.ref}/", steps=(_open_menus,)),
        "report channel, new": Place("/report-channels/new?kind=email"),
        "report poster": Place(f"/report-channels/{form.ref}/poster"),
        "help, roles": Place("/help/roles/"),
        "person, event roles": Place(f"/people/{people['viewer'].pk}/event-roles"),
        "base maps": Place("/basemaps/"),
        "base map": Place(f"/basemaps/{base_map.pk}/edit", steps=(_open_menus,)),
        "people": Place("/people/", steps=(_open_menus,)),
        "person": Place(f"/people/{people['viewer'].pk}/", steps=(_open_menus,)),
        "person, invite": Place("/people/invite/"),
        "profile": Place("/profile/", steps=(_open_menus,)),
        "profile, password": Place("/profile/password/"),
        "profile, sessions": Place("/profile/sessions/"),
        "profile, two-factor": Place("/profile/two-factor/", steps=(_open_menus,)),
        "first run": Place("/first-run/"),
        "place of a post": Place(f"/triage/{posts[0].pk}/place"),
        "help, lead": Place("/help/lead/"),
        "reveal": Place(f"/posts/{posts[0].pk}/reveal"),
        "leave": Place(_leave(posts[0])),
        "shortcuts": Place("/help/lead/?", steps=(_shortcuts,)),
        "palette": Place("/help/reviewer/", steps=(_palette,)),
        "drift": Place(f"/monitoring/drift/{drift.pk}/"),
        "situation reports": Place("/situation/?event=flood"),
        "situation report": Place(f"/situation/{situation.report}/", "svg.sit-map", (_open_menus,)),
        "situation report, edit": Place(f"/situation/{situation.draft}/edit"),
        "situation report, versions": Place(f"/situation/{situation.report}/versions/"),
        "situation report, version": Place(f"/situation/{situation.report}/versions/2/"),
        "situation report, paper": Place(f"/situation/{situation.report}/paper"),
        "situation report, public": Place(f"/shared/situation/{situation.key}/"),
        "handovers": Place("/handover/?event=flood"),
        "handover": Place(f"/handover/{situation.handover}/"),
        "handover, edit": Place(f"/handover/{situation.handover_draft}/edit"),
        "sources": Place("/feeds/", "tbody a"),
        "source": Place(f"/feeds/{feed.pk}/", steps=(_open_menus,)),
        "source, new": Place("/feeds/new"),
        "official alerts": Place("/hazards/", "tbody a"),
        "official alert": Place(f"/hazards/{official.pk}/"),
        "official source": Place(f"/hazard-sources/{official.source_id}/", steps=(_open_menus,)),
        "official source, new": Place("/hazard-sources/new?kind=cap"),
        "translation engine": Place("/translation-engine/"),
        "translation engine, set up": Place("/translation-engine/edit?kind=azure"),
        "unknowns": Place("/unknowns/", "tbody a"),
        "posts set aside": Place("/feeds/set-aside/", "tbody input"),
        "not found": Place("/nowhere/"),
    }


def _rule(people: dict[str, User], event: Event) -> AlertRule:
    """A rule that has fired, a notification of it for everybody, one that was held back, and a channel that is dead."""
    rule = AlertRule.objects.create(
        name="Critical near each other", kind="posts", event=event, created_by=people["lead"]
    )
    now = clock.now()
    title = "Critical near each other: 3 posts near Beira"
    firing = AlertFiring.objects.create(
        rule=rule, group="x", event=event, title=title, path="/map/", first_at=now, last_at=now
    )
    for number, person in enumerate(people.values(), start=1):
        AlertRecipient.objects.create(rule=rule, person=person, position=number)
        Notification.objects.create(
            person=person, kind="rule", level="critical", firing=firing, title=title, path="/map/"
        )
        Notification.objects.create(person=person, kind="mention", title="Ana mentioned you", held="quiet")
        NotificationChannel.objects.create(
            person=person, kind="apprise", label="Our topic", service="ntfys", host="http://x", state="dead",
            problem="The other side answered 404.",
        )  # fmt: skip
    return rule


@dataclass(frozen=True, slots=True)
class Situation:
    """Ids of reports and handovers, and the key of a public link."""

    report: int
    draft: int
    key: str
    handover: int
    handover_draft: int


def _situation(incident: Incident, people: dict[str, User]) -> Situation:
    """A published report with two versions and a link, a draft, and handovers."""
    lead, event = people["lead"], incident.event
    assert event is not None
    Incident.objects.create(
        event=event, title="The bridge of Buzi is gone", status="confirmed", severity=1, needs={"water": "needed"},
        place_name="Buzi", latitude=-19.9, longitude=34.6, radius_km=9,
    )  # fmt: skip
    since = (clock.now() - timedelta(hours=8)).isoformat()
    report, draft = (writing.draft(event_id=event.pk, by=lead, period_from=since) for _time in range(2))
    report = writing.edit(report_id=report.pk, version=report.version, by=lead, next="Boats for {unanswered} places.")
    report = writing.propose(report_id=report.pk, version=report.version, by=lead)
    report = publishing.publish(report_id=report.pk, version=report.version, by=people["approver"])
    link = links.create(report_id=report.pk, version=report.version, by=lead)
    given, open_one = (handover.draft(event_id=event.pk, by=people["superuser"], since=since) for _time in range(2))
    handover.give(handover_id=given.pk, version=given.version, by=people["superuser"])
    return Situation(report.pk, draft.pk, links.key_of(link), given.pk, open_one.pk)


def _leave(post: Post) -> str:
    """The address of the confirmation of a link that has much to warn of."""
    post.links = ["http://xn--80ak6aa92e.com:8080/app.apk"]
    post.save(update_fields=["links"])
    return leaving.confirmation(post.pk, post.links[0])


@dataclass(frozen=True, slots=True)
class Corrected:
    """A request that is being checked, one that was carried out, and the latter's link."""

    checked: str
    done: str
    token: str


def _corrections(posts: list[Post], lead: User) -> Corrected:
    """Two requests of people named in posts: one with a post chosen, one with its receipt."""
    made = [
        corrections.receive(wish="safe", where="a post about me", contact="me@example.org", address=uuid4().hex)
        for _number in range(2)
    ]
    for request, _token in made:
        corrections.start(ref=request.ref, version=1, by=lead)
        corrections.identify(ref=request.ref, version=2, how="call", by=lead)
        plan = {"post_ids": [posts[2].pk], "verb": "correct", "note": "the person named here is safe"}
        corrections.plan(ref=request.ref, version=3, by=lead, **plan)
    (checked, _), (done, token) = made
    corrections.run(corrections.carry_out(ref=done.ref, version=4, by=lead).pk)
    return Corrected(checked.ref, done.ref, token)


def _official_alert() -> OfficialAlert:
    """A severe flood, from a source whose newest answer could not be read."""
    now = clock.now()
    source = HazardSource.objects.create(
        name="GDACS", kind="gdacs", address="https://gdacs.example/rss", answered_at=now, last_error="it is empty",
        last_error_at=now, last_unreadable=True, unreadable=1,
    )  # fmt: skip
    return OfficialAlert.objects.create(
        source=source, identifier="FL1", hazard="flood", level=2, level_word="Orange", headline="Flood in Sofala", sent=now,
        valid_until=now + timedelta(days=1), shape={"circles": [[34.8, -19.8, 90]]}, west=33.9, south=-20.6, east=35.7, north=-19,
    )  # fmt: skip


def _field_reports(post: Post, lead: User) -> ReportChannel:
    """A report that was read, one that waits, and a public form."""
    assert post.event
    FieldReport.objects.create(ref="R-ABCD-EFGH", post=post, kind="phone", about="other", filed_by=lead)
    values = {"kind": "radio", "event": post.event.ref, "text": "The bridge at Dondo is gone", "about": "self"}
    field_reports.file_typed(**values, by=lead)
    return channels.create(kind="public-form", by=lead, fields={"name": "Help form", "event": post.event.ref})


def _webhook(owner: User) -> WebhookEndpoint:
    """An address with a delivery that was given up, and one that waits."""
    kinds = ["post.critical", "model.released"]
    endpoint = WebhookEndpoint.objects.create(owner=owner, url="https://partner.example/hook", kinds=kinds)
    for state in ("dead", "waiting"):
        event = WebhookEvent.objects.create(kind="post.critical", data={"id": 1})
        delivery = WebhookDelivery.objects.create(event=event, endpoint=endpoint, state=state)
        WebhookAttempt.objects.create(delivery=delivery, status=500, problem="answered 500", milliseconds=12)
    return endpoint


def _files(owner: User) -> None:
    """A file that is done, with rows that could not be read, and one that waits."""
    for state, rows in (("done", 900), ("waiting", 0)):
        PredictionJob.objects.create(
            owner=owner, name=f"{state}.csv", form="csv", text_column="text", id_column="id", size=9, lines=900, state=state,
            sha256="e" * 64, rows_read=rows, rows_bad=rows // 900, bad=[[17, "The text is empty."]] if rows else [],
            chunks=rows // 450, expires_at=clock.now() + timedelta(days=7),
        )  # fmt: skip


def _event_with_areas(event: Event | None) -> tuple[Event, TeamArea]:
    """An event with a drawn area and the area of a team; another one is closed."""
    assert event is not None
    square = {"type": "Polygon", "coordinates": [[[32, -22], [37, -22], [37, -16], [32, -16], [32, -22]]]}
    Event.objects.filter(pk=event.pk).update(area=square, languages=["pt"], keywords=["Beira"], hazard="flood")
    Event.objects.create(ref="over", name="Last year's flood", country_codes=["MZ"], state=Event.State.CLOSED)
    return event, TeamArea.objects.create(event=event, name="North team", area=square)


def _labels(owner: User) -> tuple[str, str]:
    """The references of a label schema that is not in use, and of a draft of labels with a conflict and a bad row."""
    schema = label_schemas.create(name="Relief", by=owner)
    label_schemas.add(
        ref=str(schema.ref), version=1, by=owner, name="Bridge out", maps_to="infrastructure_and_utility_damage", color="brick",
        names="es = Puente caído",
    )  # fmt: skip
    text = "text,label\nWe need water,requests_or_urgent_needs\nPray,sympathy_and_support\nPray,caution_and_advice\n,damage\nA bridge,Puente\n"
    return str(schema.ref), str(label_uploads.accept(owner=owner, name="own.csv", pieces=[text.encode()]).ref)


def _imports(owner: User, event: Event | None) -> tuple[ImportJob, ImportJob]:
    """An import that is done with problems, and a draft; one more is running."""
    report = Report(
        read=900, new=890, known=5, bad=5, problems=[Problem(n, "bad", "The text is empty.") for n in range(5)]
    )
    shared = {
        "owner": owner, "source": "wire", "event": event, "size": 99, "lines": 900, "sha256": "e" * 64,
        "expires_at": clock.now() + timedelta(days=7),
    }  # fmt: skip
    ImportJob.objects.create(name="running.csv", state="running", line=450, rows_read=450, rows_expected=900, **shared)
    done = ImportJob.objects.create(name="done.csv", state="done", report=report.as_json(), parts=1, **shared)
    draft = ImportJob.objects.create(name="draft.csv", **shared)
    imports.files.folder(draft.ref).mkdir(parents=True)
    text = "id,text,created_at\n1,We need water,2026-03-02 10:00\n2,,\n"
    imports.files.input_of(draft).write_text(text, encoding="utf-8")
    return done, draft


def _feeds(make_post: Callable[..., Post], event: Event | None) -> Feed:
    """A feed that lives and has a gap, one that used its budget up, a post that was set aside."""
    now = clock.now()
    feed = Feed.objects.create(
        name="Sky over Beira", kind="bluesky", event=event, wanted=True, state="live", lease_owner="a", posts_a_day=100,
        lease_until=now + timedelta(minutes=30), cursor_at=now, per_minute=2_180, last_error="Bluesky closed it.",
        last_error_at=now, terms=["flood", "Beira"], seen_at=now,
    )  # fmt: skip
    Feed.objects.create(name="X", kind="x", price="0.005", money_a_day=5, state="spent", terms=["flood lang:en"])
    FeedUsage.objects.create(feed=feed, day=now.date(), posts=85)
    FeedGap.objects.create(
        feed=feed, state="lost", began_at=now - timedelta(hours=1), ended_at=now, why="Too long ago."
    )
    make_post(state=Post.State.QUARANTINED, attempts=5, error="ValueError: cannot read this")
    return feed


@pytest.fixture
def places(
    posts: list[Post], people: dict[str, User], make_post: Callable[..., Post], settings: Any, tmp_path: Path
) -> Iterator[dict[str, Place]]:
    settings.DATA_DIR = tmp_path
    yield every_place(posts, people, make_post)
    serving.forget()


def enter(context: BrowserContext, server: str, person: User) -> None:
    """Sign a context in without the form."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])


def go(page: Page, server: str, place: Place) -> Response:
    """Go to a place and wait until it is there as a person finds it; the server's answer."""
    answer = page.goto(server + place.address)
    expect(page.locator(place.ready).first).to_be_attached(timeout=60_000)
    assert answer is not None
    return answer


def _open_first(page: Page) -> None:
    """On a phone the map opens no post by itself, elsewhere it does once it is drawn."""
    assert page.viewport_size
    if page.viewport_size["width"] < WIDE:
        page.locator("[data-open]").first.click()
    expect(page.locator(".item.is-open .card")).to_be_attached()


def _open_menus(page: Page) -> None:
    page.evaluate("for (const menu of document.querySelectorAll('main details')) menu.open = true")


def _read_why(page: Page) -> None:
    expect(page.locator(".why-alike li").first).to_be_attached(timeout=60_000)
    _open_menus(page)


def _open_tables(page: Page) -> None:
    for summary in page.get_by_text("Show as table").all():
        summary.click()


def _select_all(page: Page) -> None:
    page.evaluate("document.querySelector('[data-bulk-all]').click()")


def _shortcuts(page: Page) -> None:
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def _palette(page: Page) -> None:
    expect(page.locator(LISTENING)).to_be_attached()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
