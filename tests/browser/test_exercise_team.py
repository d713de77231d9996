"""A lead and two coordinators play the bundled exercise in three browsers, on the board, the incidents' pages and the map.

At each step each of their pages says the number of the database. Then the lead drafts the situation report of what they did.
EXERCISE_PICTURES names a folder for pictures of the report and for its PDF.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from playwright.sync_api import Browser, Locator, Page, expect

from classifier import clock, serving
from responder import alerting, exercise, jobs
from responder.alerting import rules
from responder.classification import pipeline
from responder.feeds import ingest
from responder.feeds.connectors.exercise import SOURCE, posts_of
from responder.models import (
    AlertRule,
    Event,
    Incident,
    Notification,
    Post,
    SituationFile,
    SituationReport,
    Team,
    User,
)
from responder.models.incident import UNANSWERED
from responder.models.post import UNANSWERED as UNANSWERED_POSTS
from responder.privacy.masking import HIDDEN, mask
from tests.browser import checks
from tests.responder.situation.recomputing import recompute

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MORNING_H = (9, 10, 11)  # hours of the exercise's day between which posts come in at once: the flood begins
DAY_H = (0, 10, 15, 24)  # warnings and landfall, the flood, rescue and relief
DAY = timedelta(minutes=72)  # at the exercise's speed
STEP_S = 120
LATE, NEXT = timedelta(minutes=20), timedelta(minutes=10)
KEYS = {"a": "take", "o": "set_off"}  # of the board, and the steps that they take
OUTCOMES = ("done", "handed_over", "cannot_be_met")


@dataclass
class Play:
    """The run, its people and their pages.

    Arguments:
        boards: one page of the board each; the lead's shows all columns.
        chart: the second coordinator's map.
        steps: how many steps were taken, each of which the pages agreed on.
    """

    run: Event
    base: str
    lead: Page
    first: Page
    second: Page
    chart: Page
    steps: list[str] = field(default_factory=list)

    @property
    def boards(self) -> tuple[Page, ...]:
        return self.lead, self.first, self.second

    def waiting(self) -> list[Incident]:
        """Unanswered incidents, the worst first, as the database has them."""
        return list(Incident.objects.filter(UNANSWERED, event=self.run).order_by("severity", "waiting_since", "id"))

    def agree(self, step: str) -> None:
        """Each page says what the database does, without being loaded anew."""
        self.steps.append(step)
        incidents = Incident.objects.filter(UNANSWERED, event=self.run).count()
        posts = Post.objects.filter(UNANSWERED_POSTS, event=self.run, state="classified").count()
        for board in self.boards:
            board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody looks at it again
        for board in self.boards:
            expect(board.locator("[data-unanswered-count]"), step).to_have_text(f"{incidents:,}")
        expect(self.chart.locator("[data-figure=unanswered]"), step).to_have_text(f"{posts:,}")

    def row(self, page: Page, incident: Incident) -> Locator:
        return page.locator(f'[data-row="{incident.ref}"]')

    def drawn(self, page: Page, incident: Incident, step: str) -> None:
        """Wait until the person sees the incident as it is now, with this step."""
        version = self.row(page, incident).locator(f'[data-step="{step}"] [name=version]')
        expect(version).to_have_value(str(incident.version))

    def press(self, page: Page, incident: Incident, key: str) -> None:
        """One keystroke on a row of the board, until the database has it, and all pages."""
        self.drawn(page, incident, KEYS[key])
        self.row(page, incident).locator("[data-open]").focus()
        page.keyboard.press(key)
        self.done(incident, f"{key} on {incident.ref}")

    def resolve(self, incident: Incident, outcome: str) -> None:
        """The lead resolves an incident on the board."""
        self.drawn(self.lead, incident, "resolve")
        row = self.row(self.lead, incident)
        row.locator("[data-open]").focus()
        self.lead.keyboard.press("r")
        row.get_by_label("Outcome").select_option(outcome)
        row.get_by_label("Reason").fill("Told by the team on the radio")
        self.lead.keyboard.press("Enter")
        self.done(incident, f"{outcome}: {incident.ref}")

    def form(self, page: Page, incident: Incident, menu: str, **fields: str) -> None:
        """A step by a form of the incident's page, in the person's other tab."""
        tab = page.context.new_page()
        tab.goto(f"{self.base}/incidents/{incident.ref}/")
        holder = tab.locator(".inc-actions details", has=tab.locator("summary", has_text=menu))
        holder.locator("summary").click()
        for label, value in fields.items():
            found = holder.get_by_label(label)
            found.select_option(label=value) if label in ("Owner", "Team") else found.fill(value)
        holder.get_by_role("button", name=menu, exact=True).last.click()
        self.done(incident, f"{menu}: {incident.ref}")
        tab.close()

    def done(self, incident: Incident, step: str) -> None:
        """Wait until the incident has its next version, and the pages its count."""
        before, end = incident.version, time.monotonic() + STEP_S
        while incident.version == before:
            assert time.monotonic() < end, f"{step}: nothing changed"
            self.lead.wait_for_timeout(50)
            incident.refresh_from_db()
        self.agree(step)


@pytest.fixture
def run(db: None) -> Event:
    """A run of the exercise whose day is over, so that its posts can come at once."""
    serving.register_shipped()
    found = exercise.current_run()
    Event.objects.filter(pk=found.pk).update(started_at=clock.now() - DAY - timedelta(minutes=3))
    found.refresh_from_db()
    return found


@pytest.fixture
def team(people: dict[str, User], run: Event) -> dict[str, User]:
    """The lead, two coordinators, and an approver who signs."""
    second = User.objects.create_user(
        "reviewer-bea", password="correct horse battery", first_name="Bea", last_name="Reviewer", toured=True
    )
    second.groups.add(Group.objects.get(name="reviewer"))
    people["second"] = second
    for name, latitude, longitude in (("Boat Beira", -19.83, 34.85), ("Boat Buzi", -19.87, 34.47)):
        Team.objects.create(event=run, name=name, skills=["search_and_rescue"], latitude=latitude, longitude=longitude)
    return people


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A page in a browser of somebody's own."""
    contexts = []

    def make() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 900}))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def play(
    run: Event, team: dict[str, User], streaming: str, sign_in: Callable[..., None], new_page: Callable[[], Page]
) -> Play:
    pages = []
    for role in ("lead", "reviewer", "second"):
        pages.append(new_page())
        sign_in(pages[-1], role, at=streaming)
        pages[-1].goto(f"{streaming}/response/?event={run.ref}{'&show=board' if role == 'lead' else ''}")
    chart = pages[-1].context.new_page()
    chart.goto(f"{streaming}/map/?event={run.ref}&t=event")
    expect(chart.locator("[data-room][data-ready]")).to_be_attached()
    return Play(run, streaming, *pages, chart)


def posts_arrive(play: Play, begin_h: int, end_h: int) -> None:
    """The posts of some hours of the exercise's day come in, as from its feed."""
    begin, end = (play.run.started_at + DAY * hour / 24 for hour in (begin_h, end_h))
    ingest.accept(
        posts=[post for post in posts_of(play.run) if post.created_at and begin <= post.created_at < end],
        source=SOURCE, event=play.run,
    )  # fmt: skip
    pipeline.drain()
    play.agree(f"posts until {end_h}:00")


@pytest.mark.parametrize(("hours", "least"), [(MORNING_H, 5), (DAY_H, 40)], ids=["morning", "day"])
def test_a_team_of_three_plays_the_exercise_and_reports_it(
    play: Play,
    team: dict[str, User],
    new_page: Callable[[], Page],
    sign_in: Callable[..., None],
    settings: Any,
    hours: tuple[int, ...],
    least: int,
) -> None:
    settings.DATA_DIR = Path(str(connection.settings_dict["NAME"])).parent  # the server's
    for number, (begin, end) in enumerate(pairwise(hours)):
        posts_arrive(play, begin, end)
        _work(play, left_out=1 if number == 0 else 0)
        if number == 0:
            _escalates(play, team)
    _others_are_confirmed(play)
    _steps_are_taken_back(play)
    critical = Incident.objects.filter(event=play.run, severity=1, merged_into=None)
    assert critical.count() >= least
    assert not critical.filter(owner=None).exists()
    assert {one.owner_id for one in critical} == {team[role].pk for role in ("lead", "reviewer", "second")}
    _report(play, team, new_page(), sign_in)


def _work(play: Play, *, left_out: int) -> None:
    """Every critical incident gets an owner, but for the last `left_out`; to each second somebody sets off, and each fourth is resolved."""
    turns = cycle((_by_keyboard, _on_the_map, _by_the_lead))
    new = [one for one in play.waiting() if one.owner_id is None]
    for number, incident in enumerate(new[: -left_out or None]):
        page = next(turns)(play, incident)
        if number % 2 == 0:
            play.press(page, incident, "o")
        if number % 4 == 0:
            play.resolve(incident, OUTCOMES[number // 4 % len(OUTCOMES)])
    assert [one.pk for one in play.waiting() if one.owner_id is None] == [one.pk for one in new[len(new) - left_out :]]


def _by_keyboard(play: Play, incident: Incident) -> Page:
    """The first coordinator takes it on the board, by one keystroke. Returns the page to go on with."""
    play.press(play.first, incident, "a")
    return play.first


def _on_the_map(play: Play, incident: Incident) -> Page:
    """The second coordinator opens one of its posts on the map, and takes it there."""
    post = (
        incident.memberships.filter(state="accepted")
        .order_by("post__severity", "post")
        .values_list("post", flat=True)[0]
    )
    play.chart.goto(f"{play.base}/map/?event={play.run.ref}&t=event&sel={post}")
    expect(play.chart.locator("[data-room][data-ready]")).to_be_attached()
    expect(play.chart.locator('.is-open [data-at-once="take"]')).to_be_visible()
    play.chart.keyboard.press("t")
    expect(play.chart.locator("[data-undo-text]")).to_contain_text(f"{incident.ref} is assigned to you")
    play.done(incident, f"taken on the map: {incident.ref}")
    return play.second


def _by_the_lead(play: Play, incident: Incident) -> Page:
    """The lead sends a team and answers for it, by the incident's page."""
    play.form(play.lead, incident, "Assign", Owner="Ana Lead", Team="Boat Beira")
    return play.lead


def _escalates(play: Play, team: dict[str, User]) -> None:
    """What nobody answers is told to the first coordinator after 20 minutes, and to the lead 10 minutes later."""
    [left] = [one for one in play.waiting() if one.owner_id is None]
    order = [team[role].pk for role in ("reviewer", "lead", "second")]
    rules.create(
        by=team["lead"], name="Critical and unanswered", kind=AlertRule.Kind.UNANSWERED, event=str(play.run.pk),
        level="critical", minutes="20", severity="1", escalate_minutes="10", people=order,
    )  # fmt: skip

    def told(after: timedelta) -> list[int]:
        with time_machine.travel(left.waiting_since + after, tick=False):
            alerting.check()
            alerting.compose()
        rows = Notification.objects.filter(kind="rule", firing__incident=left)
        return list(rows.order_by("pk").values_list("person", flat=True))

    second = timedelta(seconds=1)
    assert told(LATE - second) == []
    assert told(LATE) == order[:1]
    assert told(LATE + NEXT - second) == order[:1]
    assert told(LATE + NEXT) == order[:2]
    expect(play.lead.locator("[data-bell-badge]")).not_to_have_text("0")
    bell = play.lead.context.new_page()
    bell.goto(f"{play.base}/notifications/")
    one = bell.locator(".notification", has_text=left.ref)
    expect(one).to_contain_text("Unanswered for over 20 min")
    one.get_by_role("button", name="Acknowledge").click()
    expect(bell.get_by_text("Nobody else is notified of it")).to_be_visible()
    bell.close()
    assert told(LATE + 3 * NEXT) == order[:2]
    _by_the_lead(play, left)
    play.press(play.lead, left, "o")
    assert told(LATE + 4 * NEXT) == order[:2]


def _others_are_confirmed(play: Play) -> None:
    """Less severe incidents are unanswered once somebody confirms them, and among them those whose posts tell of roads."""
    others = Incident.objects.filter(event=play.run, status="open", merged_into=None, severity__gt=1)
    on_roads = list(others.filter(facts__kind="access").distinct().order_by("severity", "pk")[:4])
    for incident in [*on_roads, *others.exclude(pk__in=[one.pk for one in on_roads]).order_by("severity", "pk")[:2]]:
        play.form(play.first, incident, "Confirm", Note="Called them")
        assert incident.unanswered
    play.form(play.lead, incident, "Assign", Owner="Bea Reviewer")
    play.press(play.second, incident, "o")


def _steps_are_taken_back(play: Play) -> None:
    """A team turns back: the incident is unanswered again. Setting off once more is undone, and done."""
    going = Incident.objects.filter(event=play.run, status="on_the_way", severity=1).order_by("pk")[0]
    play.form(play.lead, going, "Turned back", Reason="The bridge is out")
    assert going.unanswered
    play.press(play.first, going, "o")
    tab = play.first.context.new_page()
    tab.goto(f"{play.base}/incidents/{going.ref}/")
    tab.get_by_role("button", name="Undo: On the way").first.click()
    play.done(going, f"undone: {going.ref}")
    tab.close()
    assert going.unanswered
    play.press(play.first, going, "o")


def _report(play: Play, team: dict[str, User], signer: Page, sign_in: Callable[..., None]) -> None:
    """The lead drafts the report, an approver signs it, its figures are true, and a withdrawn link is gone."""
    page = play.lead
    page.goto(f"{play.base}/situation/?event={play.run.ref}")
    local = play.run.started_at - timedelta(hours=1) + timedelta(hours=2)  # Maputo is two hours ahead of UTC
    page.get_by_label("From").fill(f"{local:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Draft report").click()
    expect(page.get_by_role("link", name="Edit text")).to_be_visible()
    report = SituationReport.objects.get()
    page.get_by_role("button", name="Propose for sign-off").click()
    expect(page.get_by_text("You wrote on this report")).to_be_visible()
    sign_in(signer, "approver", at=play.base)
    signer.goto(f"{play.base}/situation/{report.pk}/")
    signer.get_by_role("button", name="Publish as an exercise, in my name").click()
    expect(signer.get_by_text("The report is published.")).to_be_visible()
    page.reload()
    assert checks.barriers(page) == []
    found = json.loads(_fetched(page, f"/situation/{report.pk}/report.json", play).decode())
    recompute(play.run, {"more_incidents": 0} | found)
    _shown(page, play, found)
    link = _link(page, play)
    texts = _texts(page, play, report)
    texts["public"] = link.content()
    texts["pdf"] = _pdf(page, play, report)
    _nothing_is_bare(play, texts)
    _withdrawn(page, link)
    _picture(page, "report")


def _fetched(page: Page, path: str, play: Play) -> bytes:
    answer = page.context.request.get(f"{play.base}{path}")
    assert answer.ok, (path, answer.status)
    return answer.body()


def _shown(page: Page, play: Play, found: dict[str, Any]) -> None:
    """The page shows each figure as the file has it, and each of its links leads to evidence that is there."""
    for key, figure in found["figures"].items():
        shown = page.locator(f"#figure-{key}")
        if shown.count():
            expect(shown.locator("dt .num")).to_have_text(f"{figure['value']:,}")
            wanted = [f"INC-{pk:04d}" for pk in figure.get("incidents", [])] or [
                str(pk) for pk in figure.get("posts", [])
            ]
            links = shown.locator("a").all_inner_texts()
            assert links == wanted[: len(links)] and len(links) >= min(len(wanted), 60), key
    hrefs = page.locator(".sit-report a[href^='/']").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    seen = sorted({href.partition("#")[0] for href in hrefs})
    assert len(seen) > 10
    for href in seen[:: max(1, len(seen) // 12)]:
        _fetched(page, href, play)


def _texts(page: Page, play: Play, report: SituationReport) -> dict[str, str]:
    """The report in each of its forms, as text."""
    found = {
        kind: _fetched(page, f"/situation/{report.pk}/report.{kind}", play).decode("utf-8", "replace")
        for kind in ("md", "json", "hxl")
    }
    return found | {"page": page.content(), "paper": _fetched(page, f"/situation/{report.pk}/paper", play).decode()}


def _pdf(page: Page, play: Play, report: SituationReport) -> str:
    """The PDF is asked for on the page and made by the queue. Returns the words that were laid out."""
    page.get_by_role("button", name="Make PDF").click()
    expect(page.locator("#files")).to_contain_text("being made")
    job = SituationFile.objects.get()
    jobs.make_situation_file(job.pk)
    job.refresh_from_db()
    assert job.is_done and job.pages >= 2
    content = _fetched(page, f"/situation/{report.pk}/report.pdf", play)
    assert content.startswith(b"%PDF-")
    if folder := os.environ.get("EXERCISE_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, "report.pdf").write_bytes(content)
    from responder.situation import document, pdf, writing

    return re.sub(r"<[^>]+>", " ", pdf.html(document.of_version(writing.latest(report))))


def _nothing_is_bare(play: Play, texts: dict[str, str]) -> None:
    """What masking hides in any post of the exercise stands in no form of the report."""
    secrets = set[str]()
    for text in Post.objects.filter(event=play.run).values_list("text", flat=True):
        if HIDDEN in mask(text):
            secrets |= set(re.findall(r"\+\d[\d ]{7,}\d|\S+@\S+\.\S+", text))
    assert secrets
    handles = set(Post.objects.filter(event=play.run).values_list("author_handle", flat=True))
    for name, text in texts.items():
        assert not [one for one in secrets | handles if one and one in text], name
        assert "exercise" in text.lower(), name


def _link(page: Page, play: Play) -> Page:
    """A public link, opened by somebody without an account."""
    page.get_by_role("button", name="Create link").click()
    address = page.locator(".sit-link").get_attribute("href")
    assert address
    assert page.context.browser
    stranger = page.context.browser.new_context().new_page()
    answer = stranger.goto(address)
    assert answer and answer.status == 200
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Situation report 1")
    assert stranger.locator("a[href*='/incidents/'], a[href*='/map/']").count() == 0
    assert checks.barriers(stranger) == []
    return stranger


def _withdrawn(page: Page, link: Page) -> None:
    page.locator("td form").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("The link is withdrawn.")).to_be_visible()
    answer = link.reload()
    assert answer and answer.status == 410
    expect(link.locator("body")).not_to_contain_text("Sereia")
    link.context.close()


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("EXERCISE_PICTURES"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
