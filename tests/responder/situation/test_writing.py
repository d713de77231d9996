"""Drafting, editing, signing off and withdrawing a report, and its public links."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from monitoring.models import AuditEvent
from responder.errors import Conflict, Invalid, InvalidFields, Missing, NotPermitted
from responder.models import Event, EventRole, Incident, SituationReport, SituationVersion, User
from responder.models.situation import SECTION_LIMIT
from responder.situation import differences, document, links, periods, publishing, sections, writing
from tests.responder.situation.conftest import Clock

pytestmark = pytest.mark.django_db
Draft = Callable[..., SituationReport]


def take(verb: Callable[..., Any], report: SituationReport, by: User, **more: Any) -> Any:
    return verb(report_id=report.pk, version=report.version, by=by, **more)


def texts(report: SituationReport) -> dict[str, str]:
    return writing.latest(report).sections


def test_numbers_follow_each_other_within_an_event(
    draft: Draft, event: Event, people: dict[str, User], now: Clock
) -> None:
    other = Event.objects.create(ref="quake", name="Quake")
    start = (now() - timedelta(hours=1)).isoformat()
    assert [draft().number, draft().number] == [1, 2]
    assert writing.draft(event_id=other.pk, by=people["lead"], period_from=start).number == 1


def test_an_edit_is_a_version_and_keeps_the_links_of_figures(draft: Draft, people: dict[str, User]) -> None:
    report = draft()
    before = texts(report)
    report = take(
        writing.edit, report, people["lead"], overview="Today {confirmed} are confirmed ({confirmed.change})."
    )
    newest = writing.latest(report)
    assert (newest.number, newest.is_generated, report.version) == (2, False, 2)
    assert newest.sections == before | {"overview": "Today {confirmed} are confirmed ({confirmed.change})."}
    (line,) = sections.lines(newest.sections["overview"], newest.facts.content)
    assert line.text == "Today 0 are confirmed (±0)." and line.figures == ["confirmed"]
    assert SituationVersion.objects.get(report=report, number=1).sections == before


def test_an_edit_that_changes_nothing_is_no_version(draft: Draft, people: dict[str, User]) -> None:
    report = draft()
    report = take(writing.edit, report, people["lead"], **texts(report))
    assert (report.version, report.versions.count()) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{nonsense} people", "{nonsense}"), ("{confirmed.sum}", "{confirmed.sum}"), ("x" * (SECTION_LIMIT + 1), "6000")],
)
def test_bad_text_is_refused_beside_its_section(draft: Draft, people: dict[str, User], text: str, message: str) -> None:
    report = draft()
    with pytest.raises(InvalidFields) as refused:
        take(writing.edit, report, people["lead"], overview=text, next="Fine")
    assert list(refused.value.fields) == ["overview"] and message in refused.value.fields["overview"].replace(",", "")
    assert report.versions.count() == 1


def test_braces_without_a_name_are_only_words(draft: Draft, people: dict[str, User]) -> None:
    report = take(writing.edit, draft(), people["lead"], next="A set {1, 2} and {} and {UPPER}\x00")
    (line,) = sections.lines(texts(report)["next"], writing.latest(report).facts.content)
    assert line.text == "A set {1, 2} and {} and {UPPER}" and line.figures == []


def test_new_figures_keep_what_people_wrote(
    draft: Draft, people: dict[str, User], make_incident: Any, step: Any, now: Clock
) -> None:
    report = take(writing.edit, draft(), people["lead"], next="Send boats to {unanswered} places.")
    step(make_incident(), "confirm")
    now.on(minutes=5)
    report = take(writing.generate_anew, report, people["lead"], to_now=True)
    newest = writing.latest(report)
    assert newest.is_generated and report.period_to == now()
    (line,) = sections.lines(newest.sections["next"], newest.facts.content)
    assert line.text == "Send boats to 1 places."
    assert "{critical}" not in newest.sections["overview"] and "{confirmed}" in newest.sections["overview"]
    changed, figures = differences.between(report.versions.get(number=2), newest)
    assert ("Confirmed incidents so far", "0", "1") in {(one.label, one.before, one.after) for one in figures}
    assert all(line.kind for section in changed for line in section.lines)


def test_differences_are_shown_by_line(draft: Draft, people: dict[str, User]) -> None:
    report = take(writing.edit, draft(), people["lead"], next="Stays\nGoes")
    report = take(writing.edit, report, people["lead"], next="Stays\nComes, call +258 84 123 4567")
    older, newer = (report.versions.get(number=number) for number in (2, 3))
    ((section,), figures) = differences.between(older, newer)
    assert [(line.kind, line.text) for line in section.lines][:2] == [("same", "Stays"), ("removed", "Goes")]
    assert "123" not in section.lines[-1].text and not figures


def test_whoever_wrote_cannot_sign_off(draft: Draft, people: dict[str, User], other_lead: User) -> None:
    report = take(writing.edit, draft(), other_lead, next="Boats")
    report = take(writing.propose, report, people["lead"])
    for writer in (people["lead"], other_lead):
        with pytest.raises(NotPermitted, match="someone else"):
            take(publishing.publish, report, writer)
    report.refresh_from_db()
    assert report.state == "proposed"
    assert take(publishing.publish, report, people["approver"]).published_by == people["approver"]


def test_whoever_proposes_cannot_sign_off(draft: Draft, people: dict[str, User], other_lead: User) -> None:
    report = take(writing.propose, draft(), other_lead)
    with pytest.raises(NotPermitted):
        take(publishing.publish, report, other_lead)


@pytest.mark.parametrize("role", ["viewer", "reviewer", "auditor", "partner", "administrator"])
def test_others_neither_write_nor_sign(draft: Draft, people: dict[str, User], event: Event, role: str) -> None:
    report = draft()
    for verb, more in (
        (writing.edit, {"next": "x"}), (writing.generate_anew, {}), (writing.propose, {}),
        (publishing.withdraw, {"reason": "Wrong"}), (links.create, {}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            take(verb, report, people[role], **more)
    with pytest.raises(NotPermitted):
        writing.draft(event_id=event.pk, by=people[role], period_from="2026-03-14T01:00")
    proposed = take(writing.propose, report, people["lead"])
    with pytest.raises(NotPermitted):
        take(publishing.publish, proposed, people[role])


def test_an_approver_signs_but_does_not_write(draft: Draft, people: dict[str, User]) -> None:
    report = draft()
    with pytest.raises(NotPermitted):
        take(writing.edit, report, people["approver"], next="x")
    report = take(writing.propose, report, people["lead"])
    report = take(writing.send_back, report, people["approver"], reason="Say who goes to Beira")
    assert (report.state, report.sent_back_reason) == ("draft", "Say who goes to Beira")


def test_a_lead_of_another_event_finds_nothing(draft: Draft, people: dict[str, User], event: Event) -> None:
    other = Event.objects.create(ref="quake", name="Quake")
    stranger = User.objects.create_user("stranger")
    EventRole.objects.create(person=stranger, event=other, role="lead")
    report = draft()
    with pytest.raises(Missing):
        take(writing.edit, report, stranger, next="x")
    with pytest.raises(Missing):
        writing.draft(event_id=event.pk, by=stranger, period_from="2026-03-14T01:00")


def test_states_follow_each_other(published: SituationReport, people: dict[str, User], other_lead: User) -> None:
    for verb, by, more in (
        (writing.edit, people["lead"], {"next": "x"}), (writing.propose, people["lead"], {}),
        (writing.generate_anew, people["lead"], {}), (publishing.publish, people["approver"], {}),
        (writing.send_back, other_lead, {"reason": "Wrong"}),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            take(verb, published, by, **more)
    gone = take(publishing.withdraw, published, people["lead"], reason="The bridge figure was wrong")
    with pytest.raises(Invalid):
        take(publishing.withdraw, gone, people["lead"], reason="Again")


def test_an_old_version_is_a_conflict(draft: Draft, people: dict[str, User], other_lead: User) -> None:
    report = draft()
    stale = SituationReport.objects.get(pk=report.pk)
    take(writing.edit, report, people["lead"], next="First")
    with pytest.raises(Conflict):
        take(writing.edit, stale, other_lead, next="Second")
    assert texts(report)["next"] == "First"


def test_every_step_is_audited_without_texts(published: SituationReport, people: dict[str, User]) -> None:
    take(publishing.withdraw, published, people["lead"], reason="Secret 0841234567")
    events = AuditEvent.objects.filter(object_id=published.ref).order_by("sequence")
    assert [one.action for one in events] == [
        f"situation.{name}" for name in ("drafted", "proposed", "published", "withdrawn")
    ]
    assert not any("084123" in str(one.detail) for one in events)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("", "", "period_from"), ("soon", "", "period_from"), ("2026-03-14T09:00", "2026-03-14T08:00", "period_from"),
        ("2025-01-01T00:00", "2026-03-14T08:00", "period_from"), ("2026-03-14T01:00", "2027-01-01T00:00", "period_to"),
        ("9999-12-31T23:59+00:00", "", "period_from"), ("0001-01-01T00:00+14:00", "", "period_from"), ("\x00" * 50, "", "period_from"),
    ],
)  # fmt: skip
def test_bad_periods_are_refused_beside_their_field(event: Event, now: Clock, start: str, end: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        periods.read(event, start, end)
    assert field in refused.value.fields


def test_a_period_is_in_the_events_time(event: Event, now: Clock) -> None:
    start, end = periods.read(event, "2026-03-14T08:00", "")
    assert (start.isoformat(), end) == ("2026-03-14T06:00:00+00:00", now())


def test_a_link_shows_until_it_is_withdrawn_or_expires(
    published: SituationReport, people: dict[str, User], now: Clock
) -> None:
    link, other = (take(links.create, published, people["lead"], days="7") for _time in range(2))
    found = links.find(links.key_of(link))
    assert found == link and links.shows(found) and links.key_of(link) != links.key_of(other)
    links.withdraw(report_id=published.pk, link_id=link.pk, by=people["lead"])
    link.refresh_from_db()
    assert not links.shows(link) and links.shows(other)
    now.on(days=7)
    assert not links.shows(other)


@pytest.mark.parametrize("key", ["", "x", "-", "23456789-", "23456789-" + "a" * 27, "ä" * 8 + "-x", "2" * 500])
def test_a_wrong_key_finds_nothing(published: SituationReport, people: dict[str, User], key: str) -> None:
    link = take(links.create, published, people["lead"])
    assert links.find(key) is None
    right = links.key_of(link)
    assert links.find(right[:-1] + ("a" if right[-1] != "a" else "b")) is None


@pytest.mark.parametrize("days", ["", "0", "-1", "366", "x", "1e3", "٣", "9" * 400])
def test_bad_days_are_refused(published: SituationReport, people: dict[str, User], days: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        take(links.create, published, people["lead"], days=days)
    assert "days" in refused.value.fields


def test_a_draft_gets_no_link(draft: Draft, people: dict[str, User]) -> None:
    with pytest.raises(Invalid):
        take(links.create, draft(), people["lead"])


def test_a_withdrawn_report_ends_its_links(published: SituationReport, people: dict[str, User]) -> None:
    link = take(links.create, published, people["lead"])
    take(publishing.withdraw, published, people["lead"], reason="Wrong figures")
    found = links.find(links.key_of(link))
    assert found is not None and not links.shows(found)


def test_written_words_are_masked_in_the_document(draft: Draft, people: dict[str, User]) -> None:
    report = take(
        writing.edit, draft(), people["lead"], next="Call Maria Silva, +258 84 123 4567, in {confirmed} places."
    )
    doc = document.of_version(writing.latest(report))
    text = next(section for section in doc.sections if section.key == "next").lines[0].text
    assert "84 123" not in text and text.endswith("in 0 places.")


def test_generated_words_are_not_changed_by_masking(draft: Draft, make_incident: Any, step: Any) -> None:
    from responder.privacy.masking import mask

    for outcome in Incident.Outcome.values:
        step(make_incident(), "confirm", "resolve", outcome=outcome)
    report = draft()
    for text in texts(report).values():
        assert mask(text) == text
    assert clock.now() >= report.period_to
